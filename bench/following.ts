/**
 * What `npm run bench:threads -- --following` shows: what a promise costs a call that the calling thread computes, and how fast
 * calls are that follow each other, by the time that workers stay awake for the next one and by the pause between calls,
 * beside an idle core and a busy one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createSoftmax } from "../src/index.js";
import { createPool } from "../src/threads/index.js";
import { type Budget, measureLater, median } from "./measure.js";
import { createData } from "./workload.js";

const worker = new URL("../build/worker.js", import.meta.url);
const LENGTH = 1000;
const ROWS = [256, 1024, 4096];
/** Milliseconds that the calling thread is busy between two calls. */
const PAUSES = [0, 0.1, 0.3];
const BLOCKTIMES = [0, 0.1, 0.2, 0.5, 1];
/** Calls that follow each other, of which the first are not measured. */
const SERIES = 8;
const SKIPPED = 3;

type Calls = Record<string, () => unknown>;

const dataOf = (length: number, rows = 1) =>
  createData({ operation: "softmax", type: "f32", shape: [rows, length], axis: 1, spread: "narrow" });

/** Nanoseconds of a small call: awaited, in an async function, as the pool promises it, and of `pool.sync`. */
export async function smallCalls(budget: Budget): Promise<void> {
  const single = createSoftmax();
  const pool = await createPool({ threads: 2, backend: single.backend, worker });
  const resolved = Promise.resolve();
  console.log(
    "\nSmall calls, ns (and times those of an async function): a resolved promise, await, async function, pool, sync",
  );
  for (const kind of ["private", "resident"] as const) {
    for (const length of [10, 100, 1000, 10_000, 100_000]) {
      const { x } = dataOf(length);
      const arrays = (owner: Pick<typeof single, "allocate">) =>
        kind === "resident"
          ? [owner.allocate("f32", length), owner.allocate("f32", length)]
          : [{ view: x.slice() }, { view: x.slice() }];
      const [own, ownOut] = arrays(single);
      const [shared, sharedOut] = arrays(pool);
      own.view.set(x);
      shared.view.set(x);
      const wrapped = async (values: typeof x, options: object) => single.softmax(values, options);
      const t = await measureLater(
        {
          resolved: () => resolved,
          await: () => single.softmax(own.view, { out: ownOut.view }),
          async: () => wrapped(own.view, { out: ownOut.view }),
          pool: () => pool.softmax(shared.view, { out: sharedOut.view }),
          sync: () => pool.sync.softmax(shared.view, { out: sharedOut.view }),
        },
        length,
        budget,
      );
      const cells = Object.values(t).map((ns) =>
        `${ns.toFixed(0)} (${(ns / t.async).toFixed(2)})`.padStart(16),
      );
      console.log(`${kind} ${length}`.padEnd(18) + cells.join(""));
    }
  }
  await pool.close();
}

/** Times as fast as without a pool, processor time and wake-ups of calls that follow each other. */
export async function followedCalls(budget: Budget): Promise<void> {
  const single = createSoftmax();
  const pools = await Promise.all(
    BLOCKTIMES.map((blocktime) => createPool({ threads: 2, backend: single.backend, worker, blocktime })),
  );
  const callsOf = (rows: number): Calls => {
    const { x } = dataOf(LENGTH, rows);
    const call = (owner: Pick<typeof single, "allocate">, library: { softmax: typeof single.softmax }) => {
      const [from, out] = [owner.allocate("f32", x.length), owner.allocate("f32", x.length)];
      from.view.set(x);
      return () => library.softmax(from.view, { shape: [rows, LENGTH], out: out.view });
    };
    const calls: Calls = { single: call(single, single) };
    for (const [k, pool] of pools.entries()) {
      calls[`sync ${BLOCKTIMES[k]}`] = call(pool, pool.sync);
      calls[`promise ${BLOCKTIMES[k]}`] = call(pool, pool as unknown as typeof single);
    }
    return calls;
  };
  console.log(
    "\nsoftmax of rows × 1,000 resident f32, 2 threads: times as fast as single by median (by minimum)",
  );
  console.log(`${"rows, pause".padEnd(14)}${Object.keys(callsOf(1)).join(", ")}, blocktimes in ms`);
  for (const rows of ROWS) {
    for (const pause of PAUSES) await speeds(callsOf(rows), rows, pause, budget);
  }
  const alone = await beside(async () => sleep(1000));
  console.log(
    "\n1,024 rows · a call: µs of processors, sleeps · a busy process beside: its speed, at once, 2 ms apart",
  );
  for (const [name, call] of Object.entries(callsOf(1024))) {
    const used = await usageOf(call);
    const atOnce = await beside(() => repeat(call, 0));
    const apart = await beside(() => repeat(call, 2));
    console.log(
      `${name.padEnd(14)} ·${used.padStart(16)} ·${(atOnce / alone).toFixed(2).padStart(8)}${(apart / alone).toFixed(2).padStart(8)}`,
    );
  }
  await Promise.all(pools.map((pool) => pool.close()));
}

/** Series of calls, in turn: one of each, again and again, as what else runs on the machine comes and goes. */
async function speeds(calls: Calls, rows: number, pause: number, budget: Budget): Promise<void> {
  const times: Record<string, number[]> = {};
  const until = performance.now() + budget.rounds * budget.milliseconds * 25;
  while (performance.now() < until) {
    for (const [name, call] of Object.entries(calls)) {
      await sleep(1);
      times[name] ??= [];
      for (let k = 0; k < SERIES; k++) {
        const from = performance.now();
        await call();
        if (k >= SKIPPED) times[name].push(performance.now() - from);
        if (pause > 0) await busyFor(pause);
      }
    }
  }
  const cells = Object.values(times).map((own) => {
    const by = (of: (values: readonly number[]) => number) => (of(times.single) / of(own)).toFixed(2);
    return `${by(median)} (${by((values) => Math.min(...values))})`.padStart(13);
  });
  console.log(`${rows}, ${pause} ms`.padEnd(14) + cells.join(""));
}

async function busyFor(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

/** Microseconds of all threads, and how often they went to sleep, a call. */
async function usageOf(call: () => unknown): Promise<string> {
  const times = 200;
  const before = process.resourceUsage();
  for (let k = 0; k < times; k++) await call();
  const after = process.resourceUsage();
  const cpu = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime;
  const sleeps = after.voluntaryContextSwitches - before.voluntaryContextSwitches;
  return `${(cpu / times).toFixed(0)} µs, ${(sleeps / times).toFixed(2)}`;
}

async function repeat(call: () => unknown, milliseconds: number): Promise<void> {
  const until = performance.now() + 1000;
  while (performance.now() < until) {
    await call();
    if (milliseconds > 0) await sleep(milliseconds);
  }
}

/** Steps a millisecond of another process that is busy while `work` runs. */
async function beside(work: () => Promise<void>): Promise<number> {
  const code = `let steps = 0, from = performance.now();
    process.on("message", () => { process.send(steps / (performance.now() - from)); process.disconnect(); });
    const go = () => { for (const until = performance.now() + 5; performance.now() < until; ) steps++; setImmediate(go); };
    go(); process.on("disconnect", () => process.exit());`;
  const child: ChildProcess = spawn(process.execPath, ["-e", code], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await sleep(200);
  await work();
  const told = once(child, "message");
  child.send("how many");
  const [steps] = await told;
  await once(child, "exit");
  return steps as number;
}
