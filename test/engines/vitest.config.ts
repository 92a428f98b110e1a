import { defineConfig } from "vitest/config";
import { HOST, SERVED, SETUP } from "../../vitest.config.js";
import { ENGINES, type Engine, isInstalled } from "./engines.js";
import { openedIn } from "./provider.js";

declare module "vitest" {
  interface ProvidedContext {
    /** What the page should find. */
    expected: { isolated: boolean; relaxed: boolean; threads: boolean };
  }
}

/** What isolation, and with it shared memory, may change. */
const SHARING = ["test/host/**/*.test.ts", "test/buffers.test.ts"];

/** `npm test` has that page. */
const isInSuite = (engine: Engine, isolated: boolean) => engine.name === "chromium" && isolated;

function page(engine: Engine, isolated: boolean) {
  const threads = isolated && engine.sharedMemory;
  return {
    ...SERVED,
    ...(isolated ? {} : { server: {} }),
    test: {
      name: `${engine.name} ${isolated}`,
      include: [...(isolated ? HOST : SHARING), "test/engines/*.test.ts"],
      exclude: threads ? [] : ["test/threads/**"],
      setupFiles: SETUP,
      testTimeout: 60_000,
      provide: { expected: { isolated, threads, relaxed: engine.relaxed } },
      browser: {
        enabled: true,
        screenshotFailures: false,
        provider: openedIn(engine),
        instances: [{ browser: engine.name, name: isolated ? `${engine.name}, isolated` : engine.name }],
      },
    },
  };
}

const sayWhatIsMissing = {
  onTestRunEnd() {
    for (const { name, packages } of ENGINES.filter((engine) => !isInstalled(engine))) {
      console.log(
        `${name} was left out: it is not installed (Debian: apt-get install ${packages.join(" ")}).`,
      );
    }
  },
};

/** `npm run test:engines`: what depends on the host, in the browsers of three engines, cross-origin isolated and not. */
export default defineConfig({
  test: {
    reporters: ["default", sayWhatIsMissing],
    passWithNoTests: true,
    projects: ENGINES.filter(isInstalled).flatMap((engine) =>
      [true, false]
        .filter((isolated) => !isInSuite(engine, isolated))
        .map((isolated) => page(engine, isolated)),
    ),
  },
});
