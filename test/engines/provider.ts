import { defineBrowserProvider } from "@vitest/browser";
import type { BrowserProviderOption } from "vitest/node";
import type { Engine } from "./engines.js";
import { openPage } from "./open.js";

/** Lets vitest open its pages in an engine: by its command, without a driver. */
export function openedIn(engine: Engine): BrowserProviderOption {
  return defineBrowserProvider({
    name: engine.name,
    providerFactory() {
      const open: (() => Promise<void>)[] = [];
      return {
        name: engine.name,
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        openPage: async (_, url) => {
          open.push(await openPage(engine, url));
        },
        close: async () => {
          await Promise.all(open.splice(0).map((close) => close()));
        },
      };
    },
  });
}
