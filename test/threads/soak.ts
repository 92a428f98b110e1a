/**
 * `npm run test:soak`: stress for SOAK_SECONDS (default: 600) from SOAK_SEED (default: the time), in a process of its own.
 * Fails if stress fails or makes no progress for a minute, or if memory keeps growing after the first minute.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Progress, stress } from "./stress.js";

const SECONDS = Number(process.env.SOAK_SECONDS ?? 600);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);
const MEBIBYTE = 2 ** 20;

interface Report extends Progress {
  readonly seconds: number;
  readonly rss: number;
  readonly heap: number;
}

async function child(): Promise<void> {
  const began = performance.now();
  let reported = 0;
  await stress(SEED, (progress) => {
    const seconds = (performance.now() - began) / 1000;
    if (seconds - reported >= 1) {
      reported = seconds;
      const { rss, heapUsed: heap } = process.memoryUsage();
      process.send?.({ ...progress, seconds, rss, heap } satisfies Report);
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
    env: { ...process.env, SOAK_CHILD: String(SEED), SOAK_SEED: String(SEED) },
  });
  const kill = () => {
    console.error("no progress for 60 seconds");
    stressed.kill("SIGKILL");
  };
  let watchdog = setTimeout(kill, 60_000);
  stressed.on("message", (report: Report) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(kill, 60_000);
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
    if (growth) console.error(growth);
    const hasFailed = code !== 0 || growth !== undefined;
    console.log(hasFailed ? `failed (${signal ?? `exit code ${code}`})` : "passed");
    process.exitCode = hasFailed ? 1 : 0;
  });
}

function print({ seconds, calls, kills, pools, rss, heap, memory }: Report): void {
  const [inAll, inHeap, inPool] = [rss, heap, memory].map((bytes) => `${(bytes / MEBIBYTE).toFixed(0)} MiB`);
  console.log(
    `${seconds.toFixed(0)} s: ${calls} calls, ${kills} kills, ${pools} pools; rss ${inAll}, heap ${inHeap}, largest pool ${inPool}`,
  );
}

/** A message if the last fifth of the time after the first minute has taken more memory than the second fifth. */
function growthOf(reports: readonly Report[]): string | undefined {
  const settled = reports.filter(({ seconds }) => seconds > 60);
  const median = (fifth: number) => {
    const part = settled.slice((settled.length * fifth) / 5, (settled.length * (fifth + 1)) / 5);
    return part.map(({ rss }) => rss).sort((a, b) => a - b)[Math.floor(part.length / 2)];
  };
  const [before, after] = [median(1), median(4)];
  if (!(after > 1.1 * before + 64 * MEBIBYTE)) return undefined;
  return `memory has grown: rss was ${(before / MEBIBYTE).toFixed(0)} MiB, and is ${(after / MEBIBYTE).toFixed(0)} MiB`;
}

if (process.env.SOAK_CHILD) await child();
else parent();
