import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { runModule } from "../../package/run.js";
import { FULL } from "../../support/extent.js";
import type { Left } from "../../support/left.js";
import { WORKER } from "../../support/pool.js";

const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
buildSync({
  stdin: {
    contents: `
      export * from "./src/index.js";
      export { createPool } from "./src/threads/index.js";
      export { leftNow } from "./test/support/left.js";`,
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

/** What a process does again and again, and how often before and after it is measured. Starting a thread takes 30 ms, and on a busy machine a second. */
const ROUNDS: readonly [title: string, before: number, after: number, code: string][] = [
  [
    "a pool that is closed",
    ...(FULL ? ([50, 200] as const) : ([10, 30] as const)),
    `${START} await pool.softmax(big, { shape }); pool.sync.softmax(big, { shape }); await pool.close();`,
  ],
  [
    "a worker that is killed",
    ...(FULL ? ([50, 100] as const) : ([5, 15] as const)),
    `${START} await workers[0].terminate(); await pool.softmax(big, { shape }).catch(() => {}); await pool.close();`,
  ],
  [
    "a pool that cannot start",
    ...(FULL ? ([50, 100] as const) : ([5, 15] as const)),
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

/** More than a collection leaves to chance: it was at most 300 kB in 40 rounds, also of bare workers. */
const ALLOWED = 2 ** 19;

test.each(ROUNDS)(
  "%s leaves nothing behind",
  (_, before, after, code) => {
    const printed = runModule(
      folder,
      `import { readFileSync } from "node:fs";
    import { allocate, createPool, createSoftmax, init, leftNow, LogSumExp, softmax, softmaxStream } from "./package.mjs";
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
      return leftNow();
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
    const [first, last] = JSON.parse(printed) as [Left, Left];
    expect(last.heap - first.heap).toBeLessThan(ALLOWED);
    expect(last.external - first.external).toBeLessThan(ALLOWED);
    expect(last.handles).toBe(first.handles);
    expect(last.files).toBe(first.files);
    // A memory of WebAssembly has 8 GiB and more of it.
    expect(last.addresses - first.addresses).toBeLessThan(2 ** 32);
  },
  150_000,
);
