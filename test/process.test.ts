/** What depends on the flags of a process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { runModule } from "./package/run.js";

const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
buildSync({
  stdin: {
    contents: `
      export * from "./index.js";
      export { bytesOf } from "./backend/wasm/modules.js";
      export { createPool } from "./threads/index.js";`,
    resolveDir: fileURLToPath(new URL("../src", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  target: "es2022",
  outfile: join(folder, "library.mjs"),
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program in a process with these flags and returns what it prints. */
function run(code: string, ...flags: string[]): string {
  return runModule(
    folder,
    `import { bytesOf, createPool, createSoftmax } from "./library.mjs";
    const tell = (run) => {
      try { return run(); } catch (error) { return \`\${error.name}: \${error.message}\`; }
    };
    const tellLater = (promise) => promise.catch((error) => \`\${error.name}: \${error.message}\`);
    const row = (length) => Float32Array.from({ length }, (_, k) => Math.sin(k));
    const isSame = (a, b) => a.length === b.length && a.every((value, k) => Object.is(value, b[k]));
    ${code}`,
    ...flags,
  );
}

describe("a memory that may have few pages", () => {
  const PAGES = "--wasm-max-mem-pages=40";

  const BITS = `
    const bitsOf = ({ buffer, byteOffset, byteLength }) =>
      new Uint32Array(buffer, byteOffset, byteLength / 4).reduce((hash, word) => Math.imul(hash ^ word, 16777619), 0);`;

  test("a row that it has no room for passes through, with the same bits", () => {
    const code = `${BITS}
      const [simd, auto] = ["simd", "auto"].map((backend) => createSoftmax({ backend }));
      const x = row(2 ** 20);
      console.log(bitsOf(simd.softmax(x)), simd.logSumExp(x));
      console.log(bitsOf(createSoftmax({ module: new WebAssembly.Module(bytesOf("simd")) }).logSoftmax(x)));
      console.log(auto.backend, bitsOf(auto.softmax(x)));`;
    expect(run(code, PAGES)).toBe(run(code));
  });

  test("resident arrays do not change that, nor the bits", () => {
    const code = `${BITS}
      const [alone, beside] = [0, 1].map(() => createSoftmax({ backend: "simd" }));
      const { view } = beside.allocate("f32", 200_000);
      const x = row(200_000);
      view.set(x);
      const columns = { shape: [10_000, 20], axis: 0 };
      console.log(isSame(beside.softmax(x), alone.softmax(x)));
      console.log(isSame(beside.softmax(view, columns), alone.softmax(x, columns)));
      console.log(bitsOf(beside.softmax(row(2 ** 20))));
      console.log(isSame(view, x));`;
    const lines = run(code, PAGES);
    expect(lines).toMatch(/^true\ntrue\n-?\d+\ntrue\n$/);
    expect(lines).toBe(run(code));
  });

  test("is an error of allocate alone", () => {
    const code = `console.log(tell(() => createSoftmax({ backend: "simd" }).allocate("f32", 2 ** 20)));`;
    expect(run(code, PAGES)).toBe("RangeError: allocate: there is no memory for 1048576 elements of f32\n");
  });
});

// The other architectures have no such flag.
describe.skipIf(process.arch !== "x64")("relaxed multiply-adds that are rounded twice", () => {
  const flags = ["--no-enable-fma3"];
  if (process.version.startsWith("v20.")) flags.push("--experimental-wasm-relaxed-simd");

  test("relaxed is refused, by name and as a module; auto takes simd", () => {
    const code = `
      const module = new WebAssembly.Module(bytesOf("relaxed"));
      console.log(createSoftmax().backend, (await createPool({ threads: 1 }).catch(() => ({ backend: "simd" }))).backend);
      console.log(tell(() => createSoftmax({ backend: "relaxed" })));
      console.log(tell(() => createSoftmax({ module })));
      console.log(await tellLater(createPool({ backend: "relaxed" })));`;
    const reason =
      "rounds relaxed multiply-adds twice, so the relaxed kernels would break their error bounds";
    const lines = run(code, ...flags).split("\n");
    expect(lines[0]).toBe("simd simd");
    expect(lines[1]).toBe(
      `Error: createSoftmax: backend "relaxed" is refused by this engine: Error: it ${reason}`,
    );
    expect(lines[2]).toBe(`Error: createSoftmax: module is refused by this engine: Error: it ${reason}`);
    expect(lines[3]).toBe(lines[1].replace("createSoftmax", "createPool"));
  });
});

describe("resident arrays that are dropped without free()", () => {
  /** Lets the engine collect garbage and call back. */
  const collect =
    "const collect = async () => { for (let k = 0; k < 3; k++) { gc(); await new Promise((r) => setTimeout(r)); } };";

  test("are given back: memory does not grow without end", () => {
    const code = `${collect}
      const { allocate, softmax } = createSoftmax({ backend: "simd" });
      const sizes = [];
      for (let round = 0; round < 20; round++) {
        for (let k = 0; k < 8; k++) allocate("f32", 2 ** 18).view.fill(1);
        await collect();
        sizes.push(allocate("f32", 1).view.buffer.byteLength / 2 ** 20);
      }
      console.log(Math.max(...sizes) < 20, sizes.at(-1) === sizes[5]);
      console.log(softmax(row(100_000)).length);`;
    expect(run(code, "--expose-gc")).toBe("true true\n100000\n");
  });

  test("are kept as long as a view can be read, and then are zeros to the next array", () => {
    const code = `${collect}
      const { allocate } = createSoftmax({ backend: "simd" });
      const LENGTH = 2 ** 16;
      const keep = (value, derive) => derive(allocate("f32", LENGTH).view.fill(value));
      const kept = [];
      const wrong = [];
      const check = () => {
        // A view is what it was, or detached.
        for (const [value, view] of kept) {
          if (view.byteLength > 0 && new Float32Array(view.buffer, view.byteOffset, 10).some((x) => x !== value)) wrong.push(value);
        }
      };
      let detached = 0;
      for (let round = 1; round <= 30; round++) {
        kept.push([round, keep(round, (view) => view)]);
        kept.push([round + 0.25, keep(round + 0.25, (view) => view.subarray(20))]);
        kept.push([round + 0.5, keep(round + 0.5, (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength))]);
        await collect();
        const { view } = allocate("f32", LENGTH);
        if (view.some((x) => x !== 0)) wrong.push("not zero");
        view.fill(-1);
        check();
        detached = kept.filter(([, view]) => view.byteLength === 0).length;
      }
      console.log(wrong.length, detached > 10);`;
    expect(run(code, "--expose-gc")).toBe("0 true\n");
  });

  test("nothing of an array that was freed, or that is in use, is given back twice", () => {
    const code = `${collect}
      const { allocate } = createSoftmax({ backend: "simd" });
      for (let k = 0; k < 10; k++) allocate("f32", 2 ** 18).free();
      await collect();
      const held = [];
      for (let k = 1; k <= 10; k++) {
        const resident = allocate("f32", 2 ** 17);
        resident.view.fill(k);
        held.push(resident);
        allocate("f32", 2 ** 17).view.fill(-k);
        await collect();
      }
      console.log(held.every(({ view }, k) => view.every((x) => x === k + 1)));`;
    expect(run(code, "--expose-gc")).toBe("true\n");
  });
});
