import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../../package/run.js";
import { WORKER } from "../../support/worker.js";

const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
const bundle = (name: string, contents: string) =>
  buildSync({
    stdin: { contents, resolveDir: fileURLToPath(new URL("../../../src/threads", import.meta.url)) },
    bundle: true,
    format: "esm",
    target: "es2022",
    outfile: join(folder, name),
  });
const ENTRY = `
  export * from "./index.js";
  export { LIMITS } from "./caller/limits.js";
  export { startPool } from "./caller/pool.js";`;
bundle("threads.mjs", ENTRY);
// Another copy of the package in the same process.
bundle("copy.mjs", ENTRY);
copyFileSync(WORKER, join(folder, "worker.js"));
afterAll(() => rmSync(folder, { recursive: true }));

const LINES = {
  /** Two threads, in each of two pools. */
  threads: "2 true 0\n2 true 0\n",
  alone: "0 true 0\n0 true 0\n",
};

/**
 * What a program prints and warns of. It opens a pool of each of two copies of the package, with these options, and computes.
 * `first` runs before it in the program, `shell` in a shell.
 */
function compute(
  options = "{}",
  { flags = [] as string[], first = "", shell = "true", startSeconds = 60 } = {},
): string {
  const code = `
    const print = (line) => process.stdout.write(line + "\\n");
    console.warn = (text) => print("WARNING " + text);
    ${first}
    const { LIMITS, startPool } = await import("./threads.mjs");
    const copy = await import("./copy.mjs");
    for (const start of [startPool, copy.startPool]) {
      try {
        const pool = await start({ threads: 2, ...${options} }, { limits: { ...LIMITS, startSeconds: ${startSeconds} } });
        const p = await pool.softmax(new Float32Array(2 ** 20), { shape: [1024, 1024] });
        print([pool.threads, p.every((value) => value === 2 ** -10), pool.sync.logSumExp([0])].join(" "));
        await pool.close();
      } catch (error) {
        print("ERROR " + error.message);
      }
    }`;
  writeFileSync(join(folder, "main.mjs"), code);
  return run(folder, "sh", "-c", `${shell}; exec "${process.execPath}" ${flags.join(" ")} main.mjs`);
}

/** One warning, and two pools that compute. */
function expectAlone(printed: string, ...reason: RegExp[]): void {
  const [warning, ...results] = printed.split(/(?<=\n)/);
  expect(warning).toMatch(/^WARNING softmax-wasm: no threads, the calling thread computes: /);
  for (const part of reason) expect(warning).toMatch(part);
  expect(results.join("")).toBe(LINES.alone);
}

/** Computes where the worker of the package is this file. Undefined: where there is none. */
function computeWith(worker: string | undefined, startSeconds = 60): string {
  const file = join(folder, "worker.js");
  if (worker === undefined) rmSync(file);
  else writeFileSync(file, worker);
  try {
    return compute("{}", { startSeconds });
  } finally {
    writeFileSync(file, ours);
  }
}

const ours = readFileSync(WORKER, "utf8");
const silent = "setInterval(() => {}, 1000);";
const other = ours.replace(/(var version = )"[^"]*"/, '$1"0.0.7"');
const version = Number.parseInt(process.versions.node, 10);
const permission = [version < 22 ? "--experimental-permission" : "--permission", "--allow-fs-read=*"];
const named = `{ worker: ${JSON.stringify(WORKER.href)} }`;

test("threads compute", () => {
  expect(compute()).toBe(LINES.threads);
  expect(compute(named)).toBe(LINES.threads);
});

describe("the calling thread computes after one warning", () => {
  test.each(["{}", named])("under Node's permission model, with options %s", (options) => {
    expectAlone(compute(options, { flags: permission }), /permission model.*--allow-worker/);
  });

  test("where memories cannot grow to what threads need", () => {
    expectAlone(compute("{}", { flags: ["--wasm-max-mem-pages=32"] }), /Unable to grow/);
  });

  // Of 2.5 and 12 GB the shared memory would take so much that V8 ends the process when a thread starts.
  test.runIf(process.platform === "linux").each([1_500_000, 2_500_000, 12_000_000])(
    "in %d kB of address space",
    (kilobytes) => {
      expectAlone(compute("{}", { shell: `ulimit -v ${kilobytes}` }), /address space \(ulimit -v\)/);
    },
  );

  test("where the worker is not there", () => {
    const remedies =
      /serverExternalPackages.*externals.*ssr\.external.*--external:softmax-wasm.*option worker/;
    expectAlone(computeWith(undefined), /Cannot find module.*worker\.js/, remedies);
  });

  test("where the file is another worker", () => {
    expectAlone(computeWith("throw new Error('not this one');"), /not this one/);
    expectAlone(computeWith(silent, 2), /has not answered for 2 seconds/);
  });

  test("where the worker is of another version", () => {
    expect(other).not.toBe(ours);
    expectAlone(computeWith(other), /worker is of softmax-wasm 0\.0\.7, and the pool of softmax-wasm \d/);
  });
});

test("without a console it computes all the same", () => {
  const first = "Object.defineProperty(globalThis, 'console', { value: undefined });";
  expect(compute("{}", { flags: permission, first })).toBe(LINES.alone);
});

describe("an error", () => {
  const nameOf = (file: string, text: string) => {
    writeFileSync(join(folder, file), text);
    return `{ worker: ${JSON.stringify(pathToFileURL(join(folder, file)).href)} }`;
  };

  test.each([
    ["is silent", silent, /has not answered for 2 seconds; is its file "softmax-wasm\/worker\.js"\?/],
    ["is of another version", other, /named\.js could not be started: .*worker is of softmax-wasm 0\.0\.7/],
  ])("is a worker that was named and %s", (_, text, message) => {
    const startSeconds = text === silent ? 2 : 60;
    const printed = compute(nameOf("named.js", text), { startSeconds }).trim().split("\n");
    expect(printed.length).toBe(2);
    for (const line of printed) {
      expect(line).toMatch(/^ERROR /);
      expect(line).toMatch(message);
    }
  });

  test("is a backend that was named and that the engine refuses", () => {
    const first = `
      WebAssembly.Module = class { constructor() { throw new WebAssembly.CompileError("no"); } };
      WebAssembly.compile = async () => new WebAssembly.Module();`;
    const printed = compute('{ backend: "simd" }', { flags: permission, first });
    expect(printed).toMatch(/^(ERROR createPool: backend "simd" is refused by this engine: .*\n){2}$/);
  });
});
