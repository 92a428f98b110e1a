import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** The built page, in a browser: `npm run test:browsers`. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default vitest leaves one core idle.
    maxWorkers: availableParallelism(),
  },
});
