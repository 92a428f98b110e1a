import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "./engines.js";

/** Opens a page as a person would, by the engine's own command, and returns what closes it. */
export async function openPage(engine: Engine, url: string): Promise<() => Promise<void>> {
  const profile = mkdtempSync(join(tmpdir(), `softmax-${engine.name}-`));
  const { command, args, env } = engine.open(url, profile);
  // In a group of its own, which ends as one: an engine has several processes.
  const child = spawn(command, args, { detached: true, stdio: "ignore", env });
  const exit = once(child, "exit");
  await once(child, "spawn");
  const end = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid as number), "SIGKILL");
  };
  process.once("exit", end);
  return async () => {
    process.off("exit", end);
    end();
    await exit;
    rmSync(profile, { recursive: true, force: true, maxRetries: 9, retryDelay: 200 });
  };
}
