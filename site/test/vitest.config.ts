import { defineConfig } from "vitest/config";

declare module "vitest" {
  interface ProvidedContext {
    /** Whether the pictures of the page are taken again: `--update`. */
    renew: boolean;
  }
}

/** The built page, in a browser: `npm run test:browsers`. */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Each file has a browser of its own.
    maxWorkers: 2,
    provide: { renew: process.argv.includes("--update") },
  },
});
