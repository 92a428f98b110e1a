import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { runModule } from "../../package/run.js";
import { FULL } from "../../support/extent.js";
import type { Left } from "../../support/left.js";
import { WORKER } from "../../support/worker.js";

const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
buildSync({
  stdin: {
    contents: `
      export * from "./src/index.js";
      export { createPool } from "./src/threads/index.js";
      export { countObjects, leftNow } from "./test/support/left.js";`,
    resolveDir: fileURLToPath(new URL("../../..", import.meta.url)),
  },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "es2022",
  outfile: join(folder, "package.mjs"),
});
afterAll(() => rmSync(folder, { recursive: true }));

const START = `const pool = await createPool({ threads: 1, worker: file });`;

/** How many rounds of threads there are before the first count, and before the last. On a busy machine each takes a second. */
const POOLS = FULL ? ([25, 100] as const) : ([5, 15] as const);

/** What a process does again and again, and how many rounds of it before the first count, and before the last. */
const ROUNDS: readonly [title: string, before: number, after: number, code: string][] = [
  [
    "a pool that is closed",
    ...POOLS,
    `${START} await pool.softmax(big, { shape }); pool.sync.softmax(big, { shape }); await pool.close();`,
  ],
  [
    "a worker that is killed",
    ...POOLS,
    `${START} await workers[0].terminate(); await pool.softmax(big, { shape }).catch(() => {}); await pool.close();`,
  ],
  [
    "a pool that cannot start",
    ...POOLS,
    `await createPool({ threads: 2, worker: "/no/such/file.js" }).catch(() => {});`,
  ],
  [
    "an instance with a resident array, both dropped",
    50,
    300,
    `const { allocate, softmax } = createSoftmax(); const { view } = allocate("f32", 2 ** 16); softmax(view, { out: view });`,
  ],
  ["init with another backend", 50, 300, `await init({ backend: ["js", "simd"][k % 2] }); softmax(x);`],
  [
    "resident arrays that are freed in another order",
    50,
    300,
    `const all = [3, 1, 4, 1, 5].map((n) => allocate("f32", n << 12));
    for (const j of [k % 5, (k + 2) % 5, (k + 4) % 5, (k + 1) % 5, (k + 3) % 5]) all[j].free();`,
  ],
  ["an accumulator", 50, 300, `const sum = new LogSumExp(); sum.push(big); sum.push(x);`],
  [
    "a stream to its end",
    50,
    300,
    `const { readable, writable } = softmaxStream({ length: 500, rows: 1 });
    const writer = writable.getWriter();
    writer.write(x).then(() => writer.close());
    for await (const p of readable) if (p.length !== 500) throw p;`,
  ],
  [
    "a stream that is cancelled",
    50,
    300,
    `const { readable, writable } = softmaxStream({ length: 500, rows: 1 });
    const writer = writable.getWriter();
    writer.write(x).catch(() => {});
    const reader = readable.getReader();
    await reader.read();
    await reader.cancel();`,
  ],
];

interface Counted {
  readonly objects: number;
}

/** What a collection leaves to chance (measured: 280 kB, also for bare workers, which leave 500 bytes each). */
const CHANCE = 2 ** 19;

test.runIf(FULL).each(ROUNDS)(
  "%s leaves nothing behind",
  (_, before, after, code) => {
    const printed = runModule(
      folder,
      `import { readFileSync } from "node:fs";
    import { allocate, countObjects, createPool, createSoftmax, init, leftNow, LogSumExp, softmax, softmaxStream } from "./package.mjs";
    const file = ${JSON.stringify(WORKER.href)};
    const x = new Float32Array(1000);
    const big = new Float32Array(2 ** 18);
    const shape = [2 ** 8, 2 ** 10];
    let workers = [];
    process.on("worker", (worker) => workers.push(worker));
    async function left() {
      workers = [];
      // For finalizers, and for threads to end.
      for (let k = 0; k < 3; k++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return { ...leftNow(), objects: countObjects() };
    }
    async function round(k) {
      workers = [];
      ${code}
    }
    let k = 0;
    for (; k < ${before}; k++) await round(k);
    const first = await left();
    for (; k < ${after}; k++) await round(k);
    console.log(JSON.stringify([first, await left()]));`,
      "--expose-gc",
    );
    const [first, last] = JSON.parse(printed) as [Left & Counted, Left & Counted];
    // Not even one object each (measured: 0 in all).
    expect(last.objects - first.objects).toBeLessThan(after - before);
    expect(last.heap - first.heap).toBeLessThan(CHANCE);
    expect(last.external - first.external).toBeLessThan(CHANCE);
    expect(last.handles).toBe(first.handles);
    expect(last.files).toBe(first.files);
    // A memory of WebAssembly takes 8 GiB and more of it.
    expect(last.addresses - first.addresses).toBeLessThan(2 ** 32);
  },
  150_000,
);
