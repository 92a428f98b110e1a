/**
 * npm run bench:threads                       everything
 * npm run bench:threads -- --quick            a rough idea of everything
 * npm run bench:threads -- --following        small calls, and calls that follow each other, only
 * npm run bench:threads -- --json file        where to write the numbers (build/threads.json)
 *
 * Pools of several sizes beside the functions of an instance, which have one thread, on the same backend: on resident arrays
 * (computed in place), private ones (copied to shared memory and back by the calling thread) and arrays of a
 * SharedArrayBuffer (copied by the threads).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { bold, progress } from "../examples/terminal.js";
import type { FloatArray, Resident } from "../src/index.js";
import { createSoftmax } from "../src/index.js";
import { createPool } from "../src/threads/index.js";
import { followedCalls, smallCalls } from "./following.js";
import { measureLater, quick, thorough } from "./measure.js";
import { type CoreOperation, createData, type Workload } from "./workload.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    following: { type: "boolean", default: false },
    json: { type: "string", default: "build/threads.json" },
  },
});

const budget = options.quick ? quick : thorough;
if (options.following) {
  await smallCalls(budget);
  await followedCalls(budget);
  process.exit();
}

const KINDS = ["resident", "private", "shared"] as const;
type Kind = (typeof KINDS)[number];

/** Whatever has the functions. */
type Library = { readonly [operation in CoreOperation]: (x: FloatArray, options: object) => unknown };

interface Owner {
  allocate(type: "f32", length: number): Resident;
}

const SHAPES = [
  [1024, 1000],
  [4096, 1000],
  [1024, 32_000],
  [100_000, 10],
  [1, 262_144],
  [1, 1_000_000],
];

const cores = availableParallelism();
const worker = new URL("../build/worker.js", import.meta.url);
const single = createSoftmax();
const { backend } = single;
const counts = [1, 2, 4, 8, 16, 32, 64].filter((threads) => threads <= Math.max(cores, 2));
const pools = await Promise.all(counts.map((threads) => createPool({ threads, backend, worker })));
const largest = pools[pools.length - 1];

const columns = ["copy", "single", ...counts.map((threads) => `${threads} thr.`), "sync"];

console.log(`${cpus()[0]?.model}, ${cores} cores · Node ${process.versions.node} · ${backend}`);
console.log("Medians, and how many times as fast as the function without a pool, which has one thread.");
console.log("copy: the same bytes moved once · sync: the calling thread takes part and waits");

const tables: Record<string, Record<string, Record<string, number>>> = {};
for (const operation of ["softmax", "logSumExp"] as const) {
  for (const kind of KINDS) {
    const title = `${operation} of ${kind} Float32Arrays`;
    heading(`${title} · µs a call`);
    tables[title] = {};
    for (const shape of SHAPES) {
      const label = shape.map((size) => size.toLocaleString("en-US")).join(" × ");
      tables[title][label] = await row(
        label,
        { operation, type: "f32", shape, axis: 1, spread: "narrow" },
        kind,
      );
    }
  }
}
heading("softmax along axis 0, resident · µs a call");
tables["axis 0"] = {
  "1,000 × 1,024": await row(
    "1,000 × 1,024",
    { operation: "softmax", type: "f32", shape: [1000, 1024], axis: 0, spread: "narrow" },
    "resident",
  ),
};
heading(
  "softmax of a small private Float32Array, of which the pool leaves to the calling thread what is under 2 MiB · µs a call",
);
tables.small = {};
for (const length of [10, 1000, 100_000, 131_072, 200_000]) {
  const label = length.toLocaleString("en-US");
  const shape = length > 1000 ? [length / 32, 32] : [1, length];
  tables.small[label] = await row(
    label,
    { operation: "softmax", type: "f32", shape, axis: 1, spread: "narrow" },
    "private",
  );
}
await Promise.all(pools.map((pool) => pool.close()));

const machine = {
  processor: cpus()[0]?.model,
  cores,
  node: process.versions.node,
  v8: process.versions.v8,
  backend,
};
mkdirSync(dirname(options.json), { recursive: true });
writeFileSync(
  options.json,
  `${JSON.stringify({ date: new Date().toISOString(), machine, quick: options.quick, tables }, null, 2)}\n`,
);
console.log(`\nWritten to ${options.json}`);

/** Measures the ways to compute a workload, prints their microseconds and returns them. */
async function row(label: string, workload: Workload, kind: Kind): Promise<Record<string, number>> {
  progress(`measuring ${label} …`);
  const data = createData(workload);
  const { shape, axis, operation } = workload;
  const residents: Resident[] = [];

  /** An array as this kind has it. */
  function place(array: FloatArray, owner: Owner): { readonly view: FloatArray } {
    if (kind === "private" || (kind === "shared" && owner === single)) return { view: array.slice() };
    if (kind === "shared") return { view: new Float32Array(new SharedArrayBuffer(array.byteLength)) };
    const resident = owner.allocate("f32", array.length);
    residents.push(resident);
    return resident;
  }

  function way(library: Library, owner: Owner): () => unknown {
    const x = place(data.x, owner);
    const out = place(data.out, owner);
    x.view.set(data.x);
    // Views are read for each call: the memory of the instance may grow.
    return () => library[operation](x.view, { shape, axis, out: out.view });
  }

  const target = data.x.slice();
  const ways: Record<string, () => unknown> = {
    copy: () => target.set(data.x),
    single: way(single, single),
    ...Object.fromEntries(pools.map((pool) => [`${pool.threads} thr.`, way(pool, pool)])),
    sync: way(largest.sync, largest),
  };
  const timings = await measureLater(ways, data.x.length, budget);
  for (const resident of residents) resident.free();
  progress("");
  const cells = columns.map((name) => {
    const microseconds = (timings[name] / 1000).toPrecision(4).padStart(8);
    const ratio =
      name === "copy" || name === "single" ? "" : `${(timings.single / timings[name]).toFixed(2)}×`;
    return `${microseconds} ${ratio}`.padEnd(16);
  });
  console.log(label.padEnd(16) + cells.join("").trimEnd());
  return timings;
}

function heading(title: string): void {
  console.log(
    `\n${bold(title)}\n${"".padEnd(16)}${columns
      .map((name) => name.padStart(8).padEnd(16))
      .join("")
      .trimEnd()}`,
  );
}
