import { defineConfig } from "vitest/config";

/** `npm run test:package`: packs the package, installs the tarball into an empty folder and uses it from there. */
export default defineConfig({
  test: {
    include: ["test/package/*.test.ts"],
    globalSetup: "test/package/setup.ts",
    testTimeout: 180_000,
  },
});
