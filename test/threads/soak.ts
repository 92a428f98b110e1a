/**
 * `npm run test:soak`: stress for SOAK_SECONDS (default: 600) from SOAK_SEED (default: the time), in a process of its own.
 * Fails if stress fails or makes no progress for a minute, or if more memory, handles or files are left between two pools in
 * the end than after the first minute.
 *
 * glibc raises its threshold for mappings of their own to the largest array that was freed, up to 32 MiB. Smaller arrays then
 * lie in its heap, whose holes grow the resident memory of a program that holds nothing. So the process has a fixed threshold.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Left, leftNow } from "../support/left.js";
import { type Progress, stress } from "./stress.js";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 600);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);
const MEBIBYTE = 2 ** 20;

/** How much more may be left in the end. */
const ALLOWED: Left = {
  rss: 32 * MEBIBYTE,
  heap: 4 * MEBIBYTE,
  external: 4 * MEBIBYTE,
  handles: 0,
  files: 0,
  // Three memories of WebAssembly: the last pool's may not be collected yet.
  addresses: 2 ** 35,
};

interface Report extends Progress {
  readonly seconds: number;
  /** What is left of the pools so far, if none is open. */
  readonly left?: Left;
}

async function child(): Promise<void> {
  const began = performance.now();
  let reported = 0;
  await stress(SEED, (progress) => {
    const seconds = (performance.now() - began) / 1000;
    if (!progress.isOpen || seconds - reported >= 1) {
      reported = seconds;
      const left = progress.isOpen ? undefined : leftNow();
      process.send?.({ ...progress, seconds, left } satisfies Report);
    }
    return seconds < SECONDS;
  });
  process.disconnect?.();
}

function parent(): void {
  console.log(`${SECONDS} seconds from seed ${SEED}`);
  const reports: Report[] = [];
  let printed = 0;
  const stressed = fork(fileURLToPath(import.meta.url), {
    execArgv: [...process.execArgv, "--expose-gc"],
    env: {
      ...process.env,
      MALLOC_MMAP_THRESHOLD_: String(2 ** 17),
      SOAK_CHILD: String(SEED),
      SOAK_SEED: String(SEED),
    },
  });
  const kill = () => {
    console.error("no progress for 60 seconds");
    stressed.kill("SIGKILL");
  };
  let watchdog = setTimeout(kill, 60_000);
  stressed.on("message", (report: Report) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(kill, 60_000);
    if (report.left === undefined) return;
    reports.push(report);
    if (report.seconds - printed < 30) return;
    printed = report.seconds;
    print(report);
  });
  stressed.on("exit", (code, signal) => {
    clearTimeout(watchdog);
    const last = reports.at(-1);
    if (last) print(last);
    const growth = growthOf(reports);
    for (const grown of growth) console.error(grown);
    const hasFailed = code !== 0 || growth.length > 0;
    console.log(hasFailed ? `failed (${signal ?? `exit code ${code}`})` : "passed");
    process.exitCode = hasFailed ? 1 : 0;
  });
}

function print({ seconds, calls, kills, pools, memory, left }: Report): void {
  const names = Object.entries(left ?? {}).map(([name, amount]) => `${name} ${shown(amount)}`);
  console.log(
    `${seconds.toFixed(0)} s: ${calls} calls, ${kills} kills, ${pools} pools, the largest of ${shown(memory)}; left: ${names.join(", ")}`,
  );
}

function shown(amount: number): string {
  return amount < MEBIBYTE ? String(amount) : `${(amount / MEBIBYTE).toFixed(1)} MiB`;
}

/** A message for all of which the last fifth of the time after the first minute has left more than the second fifth. */
function growthOf(reports: readonly Report[]): string[] {
  const settled = reports.filter(({ seconds }) => seconds > 60).flatMap(({ left }) => left ?? []);
  const median = (name: keyof Left, fifth: number) => {
    const part = settled.slice((settled.length * fifth) / 5, (settled.length * (fifth + 1)) / 5);
    return part.map((left) => left[name]).sort((a, b) => a - b)[Math.floor(part.length / 2)];
  };
  return (Object.keys(ALLOWED) as (keyof Left)[]).flatMap((name) => {
    const [before, after] = [median(name, 1), median(name, 4)];
    return after > before + ALLOWED[name] ? `${name} was ${shown(before)}, and is ${shown(after)}` : [];
  });
}

if (process.env.SOAK_CHILD) await child();
else parent();
