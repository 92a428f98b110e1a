/**
 * npm --prefix bench/peers start                      measures, and writes docs/peers.json and what is made from it
 * npm --prefix bench/peers start -- --quick           the same, roughly, without the largest arrays
 * npm --prefix bench/peers start -- --node 26         in this version of Node only; may be repeated
 * npm --prefix bench/peers start -- --only softmax    this operation only; may be repeated. All else in peers.json stays as it is
 * npm --prefix bench/peers start -- --only sampling   the choice of a token
 * npm --prefix bench/peers start -- --out folder      where to write (docs)
 * npm --prefix bench/peers start -- --pages           measures nothing: the page and the charts from peers.json as it is
 *
 * Installs the other packages and builds this one first. By default measures everything in Node 26, and softmax of a
 * Float32Array in Node 20: both by npx, whichever runs this. The native program needs a C compiler, and Debian's libsleef-dev,
 * libxnnpack-dev and libpthreadpool-dev; what is not there is left out, and the page says so.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Engine, engineOf, runFile } from "../run.js";
import { chart, dark, light } from "./chart.js";
import { merged } from "./merged.js";
import { build } from "./native/build.js";
import { page } from "./page.js";
import type { Report, Run, SamplingTable, Table } from "./report.js";
import type { SamplingTask } from "./sampling/table.js";
import type { Task } from "./table.js";
import { type Operation, SHAPES } from "./workload.js";

const NEWEST = "26";
const OLDEST = "20";
const OPERATIONS = Object.keys(SHAPES) as Operation[];
const SAMPLING = "sampling";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    pages: { type: "boolean", default: false },
    node: { type: "string", multiple: true, default: [] },
    only: { type: "string", multiple: true, default: [...OPERATIONS, SAMPLING] },
    out: { type: "string", default: fileURLToPath(new URL("../../docs", import.meta.url)) },
  },
});

const KNOWN: readonly string[] = [...OPERATIONS, SAMPLING];
const unknown = options.only.find((name) => !KNOWN.includes(name));
if (unknown !== undefined) throw new Error(`--only must be one of ${KNOWN.join(", ")}, got ${unknown}`);

const data = resolve(options.out, "peers.json");
const isWhole = KNOWN.every((name) => options.only.includes(name)) && options.node.length === 0;
if (!options.pages) {
  const now = await measured();
  const all = isWhole || !existsSync(data) ? now : merged(JSON.parse(readFileSync(data, "utf8")), now);
  writeFileSync(data, `${JSON.stringify(all, null, 1)}\n`);
}
const report: Report = JSON.parse(readFileSync(data, "utf8"));
writeFileSync(resolve(options.out, "peers.md"), page(report));
writeFileSync(resolve(options.out, "peers.svg"), chart(report, light));
writeFileSync(resolve(options.out, "peers-dark.svg"), chart(report, dark));

async function measured(): Promise<Report> {
  const native = build();
  if (native.missing.length > 0) console.log(`Not built: ${native.missing.join("; ")}`);
  const runs: Run[] = [];
  const sampling: SamplingTable[] = [];
  const versions = options.node.length > 0 ? options.node : [NEWEST, OLDEST];
  if (options.only.includes(SAMPLING)) {
    for (const version of versions) sampling.push(await sampled(version));
  }
  const hasOperations = options.only.some((name) => name !== SAMPLING);
  if (hasOperations) for (const version of versions) runs.push(await run(version, version === versions[0]));
  return {
    processor: cpus()[0]?.model ?? process.arch,
    cores: cpus().length,
    date: today(),
    notes: options.quick
      ? ["This was a quick run: the numbers are rough, and the largest arrays are left out."]
      : [],
    versions: packageVersions(),
    native,
    runs,
    sampling,
  };
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

async function sampled(version: string): Promise<SamplingTable> {
  const engine = engineOf(version, "--expose-gc");
  const task: SamplingTask = { quick: options.quick };
  const script = new URL("sampling/table.ts", import.meta.url);
  const candidates = await runFile<SamplingTable["candidates"]>(script, task, engine);
  console.log(`Node ${version}: the choice of a token`);
  return { node: nodeOf(engine), date: today(), load: Math.round(loadavg()[0]), candidates };
}

function nodeOf({ execPath }: Engine): string {
  return execFileSync(execPath, ["--print", "process.versions.node"], { encoding: "utf8" }).trim();
}

async function run(version: string, everything: boolean): Promise<Run> {
  const engine = engineOf(version, "--expose-gc");
  const tables: Table[] = [];
  for (const operation of OPERATIONS.filter((name) => options.only.includes(name))) {
    for (const type of ["f32", "f64"] as const) {
      if (!everything && (operation !== "softmax" || type !== "f32")) continue;
      const start = performance.now();
      const task: Task = { operation, type, quick: options.quick };
      tables.push(await runFile<Table>(new URL("table.ts", import.meta.url), task, engine));
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.log(`Node ${version}: ${operation} ${type} in ${seconds} s`);
    }
  }
  return { node: nodeOf(engine), tables };
}

/** The versions installed, by how the names of their candidates begin. */
function packageVersions(): Record<string, string> {
  const { dependencies, optionalDependencies } = createRequire(import.meta.url)("./package.json");
  const all = { ...dependencies, ...optionalDependencies };
  const packages: Record<string, string> = {
    "onnxruntime-web": "onnxruntime-web",
    "onnxruntime-node": "onnxruntime-node",
    "tfjs wasm": "@tensorflow/tfjs-backend-wasm",
    "tfjs cpu": "@tensorflow/tfjs",
    "jax-js": "@jax-js/jax",
    "transformers.js": "@huggingface/transformers",
    "softmax-fn": "softmax-fn",
    LiteRT: "@litertjs/core",
    "C, llama.cpp of node-llama-cpp": "@node-llama-cpp/linux-x64",
  };
  return Object.fromEntries(Object.entries(packages).map(([name, path]) => [name, all[path]]));
}
