import { defineConfig } from "vitest/config";
import { HOST, SERVED, SETUP } from "../../vitest.config.js";
import { ENGINES, isInstalled } from "./engines.js";
import { openedIn } from "./provider.js";

const sayWhatIsMissing = {
  onTestRunEnd() {
    for (const { name, packages } of ENGINES.filter((engine) => !isInstalled(engine))) {
      console.log(`${name} was left out: it is not installed (Debian: apt-get install ${packages.join(" ")}).`);
    }
  },
};

/** `npm run test:engines`: what depends on the host, in browsers of other engines, cross-origin isolated and not. */
export default defineConfig({
  test: {
    reporters: ["default", sayWhatIsMissing],
    projects: ENGINES.filter(isInstalled).flatMap((engine) =>
      [true, false].map((isolated) => ({
        ...SERVED,
        ...(isolated ? {} : { server: {} }),
        test: {
          name: `${engine.name}-${isolated}`,
          include: HOST,
          setupFiles: SETUP,
          testTimeout: 60_000,
          browser: {
            enabled: true,
            screenshotFailures: false,
            provider: openedIn(engine),
            instances: [{ browser: engine.name, name: isolated ? `${engine.name}, isolated` : engine.name }],
          },
        },
      })),
    ),
  },
});
