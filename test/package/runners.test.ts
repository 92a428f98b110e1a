import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, inject, test } from "vitest";
import { run } from "./run.js";

/** Runners of tests put a test's globals together from several realms, each in its own way. */
const PACKAGES = ["jest@30.5.2", "jest-environment-jsdom@30.5.2", "vitest@4.1.12", "jsdom@26.1.0"];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(inject("consumer"), "runners-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  run(folder, "npm", "install", ...quiet, ...PACKAGES, inject("tarball"));
  writeFileSync(join(folder, "use.test.cjs"), `const ${names} = require("softmax-wasm");\n${load}\n${body}`);
  writeFileSync(join(folder, "use.test.mjs"), `import ${names} from "softmax-wasm";\n${load}\n${body}`);
  writeFileSync(
    join(folder, "jest.config.json"),
    JSON.stringify({ testMatch: ["**/use.test.[cm]js"], transform: {} }),
  );
}, 180_000);

const names = "{ createSoftmax, LogSumExp, softmax, softmaxStream }";
const load = 'const pools = import("softmax-wasm/threads");';

/** A consumer's own tests. */
const body = `
for (const backend of ["simd", "js"]) {
  test("resident arrays, " + backend, () => {
    const library = createSoftmax({ backend });
    const first = library.allocate("f32", 4);
    first.view.set([1, 2, 3, 4]);
    library.allocate("f32", 2 ** 18);
    expect(Array.from(first.view)).toEqual([1, 2, 3, 4]);
    const expected = Array.from(library.softmax(Float32Array.of(1, 2, 3, 4)));
    expect(Array.from(library.softmax(first.view, { out: first.view }))).toEqual(expected);
    expect(softmax(first.view)).toBeInstanceOf(Float32Array);
  });
}
test("errors and accumulators", () => {
  expect(() => softmax("1")).toThrow(TypeError);
  expect(() => softmax([1], { temperature: 0 })).toThrow(RangeError);
  expect(new LogSumExp().push([1, 2]).push(Float32Array.of(3)).value).toBeCloseTo(3.4076, 4);
});
test("a pool", async () => {
  const pool = await (await pools).createPool({ threads: 2 });
  const resident = pool.allocate("f32", 2 ** 20);
  const p = await pool.softmax(resident.view, { shape: [1024, 1024], out: resident.view });
  await pool.close();
  expect([pool.threads, p === resident.view, 1024 * p[0]]).toEqual([2, true, 1]);
});
// jsdom has no streams of its own, and some runners hide Node's.
(typeof TransformStream === "undefined" ? test.skip : test)("a stream", async () => {
  const { readable, writable } = softmaxStream({ length: 2 });
  const writer = writable.getWriter();
  writer.write(new Float32Array(4));
  writer.close();
  const seen = [];
  for await (const rows of readable) seen.push(...rows);
  expect(seen).toEqual([0.5, 0.5, 0.5, 0.5]);
});
`;

test.each(["node", "jsdom"])("Jest, %s: CommonJS and modules", (environment) => {
  const jest = ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "--config", "jest.config.json"];
  run(folder, process.execPath, ...jest, "--testEnvironment", environment);
});

test.each([["--environment=jsdom"], ["--environment=jsdom", "--pool=vmThreads"], ["--pool=vmThreads"]])(
  "Vitest %s %s",
  (...options) => {
    run(
      folder,
      process.execPath,
      "node_modules/vitest/vitest.mjs",
      "run",
      "--globals",
      ...options,
      "use.test.mjs",
    );
  },
);
