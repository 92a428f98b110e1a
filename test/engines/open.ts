import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command, Engine } from "./engines.js";

/** Opens a page as a person would, by the engine's own command, and returns what closes it. */
export function openPage(engine: Engine, url: string): Promise<() => Promise<void>> {
  return launch((profile) => engine.open(url, profile));
}

/** Starts a command that gets an empty folder, and returns what ends it. */
export async function launch(commandIn: (profile: string) => Command): Promise<() => Promise<void>> {
  const profile = mkdtempSync(join(tmpdir(), "softmax-engine-"));
  const { command, args, env } = commandIn(profile);
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
