/** Which servers and schedulers are installed here. */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

interface Service {
  /** What is not tested without it. */
  readonly part: string;
  readonly commands: readonly string[];
  /** Of Debian. */
  readonly packages: readonly string[];
}

const SERVICES = {
  redis: { part: "The queue", commands: ["redis-server"], packages: ["redis-server"] },
  slurm: {
    part: "Slurm",
    commands: ["slurmctld", "slurmd", "sbatch", "munged"],
    packages: ["slurm-wlm", "munge"],
  },
  parallel: { part: "GNU parallel", commands: ["parallel"], packages: ["parallel"] },
} satisfies { readonly [name: string]: Service };

export function has(name: keyof typeof SERVICES): boolean {
  return SERVICES[name].commands.every((command) => where(command) !== undefined);
}

export function missing(): Service[] {
  const names = Object.keys(SERVICES) as (keyof typeof SERVICES)[];
  return names.filter((name) => !has(name)).map((name) => SERVICES[name]);
}

/** Servers stand in folders that are not in everybody's path. */
function where(command: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

/** Some port of the loopback interface on which nobody listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Waits until something is so. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  seconds = 200,
): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(2);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
