import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineBrowserProvider } from "@vitest/browser";
import type { BrowserProviderOption } from "vitest/node";
import type { Engine } from "./engines.js";

/** Opens the pages of vitest as a person would, by the engine's command: neither a driver nor flags of automation. */
export function openedBy(engine: Engine): BrowserProviderOption {
  return defineBrowserProvider({
    name: engine.name,
    providerFactory() {
      const opened: { readonly process: ChildProcess; readonly profile: string }[] = [];
      return {
        name: engine.name,
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        async openPage(_, url) {
          const profile = mkdtempSync(join(tmpdir(), `softmax-${engine.name}-`));
          const { command, args, env } = engine.open(url, profile);
          // A group of its own, which ends as one: an engine has several processes.
          const process = spawn(command, args, { detached: true, stdio: "ignore", env });
          opened.push({ process, profile });
          await once(process, "spawn");
        },
        async close() {
          for (const { process, profile } of opened.splice(0)) {
            await end(process);
            rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
          }
        },
      };
    },
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await ended;
}
