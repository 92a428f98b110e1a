import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** `npm run test:package`: packs the package, installs the tarball into an empty folder and uses it from there. */
export default defineConfig({
  test: {
    include: ["test/package/*.test.ts"],
    globalSetup: "test/package/setup.ts",
    testTimeout: 180_000,
    // By default vitest leaves one core idle.
    maxWorkers: availableParallelism(),
    // npx asks the registry about what it has only then.
    env: { npm_config_prefer_offline: "true" },
  },
});
