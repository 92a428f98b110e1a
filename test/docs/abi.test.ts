import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as abi from "../../assembly/abi.js";

const page = readFileSync("docs/abi.md", "utf8");

/** The cells of the rows of the tables that begin with code. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test.each(["simd", "relaxed"])("%s.wasm imports and exports what the page says", (name) => {
  const { Module } = WebAssembly;
  const isRelaxed = name === "relaxed";
  if (isRelaxed && !WebAssembly.validate(readFileSync("build/probe.wasm"))) return;
  const module = new Module(readFileSync(`build/${name}.wasm`));
  expect(Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
  const functions = rows
    .filter(([, , signature]) => signature.includes("->"))
    .flatMap(([, names]) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const exports = Module.exports(module).map(({ name }) => name);
  expect(exports.sort()).toEqual([...functions, "memory"].sort());
});

test("the codes are those of assembly/abi.ts", () => {
  const named = rows
    .map(([, code]) => /^`(0x[\da-f]+)`$/.exec(code)?.[1])
    .filter((code) => code !== undefined);
  const bits = ["PROBABILITIES", "LOGARITHM", "OTHER", "PER_LANE", "LOGITS_ALONE", "SKIPS_ZERO"];
  const notKernels = [
    ...bits,
    "ELEMENTWISE",
    "OWN_PASSES",
    "NUMBERS",
    "PARTS",
    "NORMALIZED_LOG_SOFTMAX",
    "LOG_DIFF_EXP",
  ];
  const codes = Object.entries(abi).filter(([name]) => !notKernels.includes(name));
  expect(named.map(Number).sort()).toEqual(codes.map(([, code]) => code).sort());
});

test("bits of the codes", () => {
  const { OTHER, PER_LANE, LOGITS_ALONE, SKIPS_ZERO, NUMBERS, PARTS } = abi;
  expect([OTHER, PER_LANE, LOGITS_ALONE, SKIPS_ZERO].map(Math.log2)).toEqual([6, 7, 8, 9]);
  expect([NUMBERS, PARTS].map(Math.log2)).toEqual([12, 14]);
});

test.each([
  ["simd", []],
  ["relaxed", ["relaxed-simd"]],
])("%s.wasm needs the features that the page names, and no others", (name, more) => {
  const text = readFileSync(`build/${name}.wat`, "utf8");
  for (const instruction of ["f32x4.mul", "memory.copy", "i32.trunc_sat_f64_u"])
    expect(text).toContain(instruction);
  expect(text.includes("relaxed_madd")).toBe(more.length > 0);
  const features = ["simd", "bulk-memory-opt", "nontrapping-float-to-int", ...more];
  const flags = ["--mvp-features", ...features.map((feature) => `--enable-${feature}`)];
  const wasmOpt = "node_modules/binaryen/bin/wasm-opt";
  const { status, stderr } = spawnSync(
    process.execPath,
    [wasmOpt, `build/${name}.wasm`, ...flags, "-o", "/dev/null"],
    { encoding: "utf8" },
  );
  expect(status, stderr).toBe(0);
});
