/**
 * npm run bench:score                  whole commands, each in a process of its own, in turn
 * npm run bench:score -- --rounds 9    more of them (5)
 *
 * `softmax-wasm score` beside `cp` of the same file, which moves the bytes and computes nothing, and beside the same job in NumPy,
 * where Python has it. A row ends when the results are on the disk: `cp, sync` and NumPy flush too. Medians of seconds, start-up
 * included, and the peak of memory where the command says it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bold, progress } from "../examples/terminal.js";
import { createData } from "./workload.js";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(options.rounds);
const folder = mkdtempSync(join(tmpdir(), "score-"));
const COMMAND = "dist/cli.js";
const OUT = join(folder, "out");

const NUMPY = `
import os, sys, numpy as np
x = np.load(sys.argv[1])
x -= x.max(axis=1, keepdims=True)
np.exp(x, out=x)
x /= x.sum(axis=1, keepdims=True)
with open(sys.argv[2], "wb") as f:
    np.save(f, x)
    f.flush()
    os.fsync(f.fileno())
`;
const PAPAPARSE = `
import { readFileSync } from "node:fs";
import Papa from "papaparse";
let rows = 0;
Papa.parse(readFileSync(process.argv[1], "utf8"), { dynamicTyping: true, step: () => rows++ });
`;

interface Candidate {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const node = (name: string, ...args: string[]): Candidate => ({ name, command: process.execPath, args });
const score = (name: string, input: string, ...more: string[]): Candidate =>
  node(name, COMMAND, "score", input, "-o", OUT, "--to", "npy", "-f", "--json", ...more);

const commands = {
  "4,096 x 1,000 .npy": npy("a.npy", 4096, 1000),
  "1,000,000 x 10 .npy": npy("b.npy", 1_000_000, 10),
  "65,536 x 1,000 .npy": npy("c.npy", 65_536, 1000),
};

try {
  for (const [title, input] of Object.entries(commands)) {
    table(title, input, [
      { name: "cp", command: "cp", args: [input, OUT] },
      { name: "cp, sync", command: "sh", args: ["-c", 'cp "$0" "$1" && sync "$1"', input, OUT] },
      score("score, 1 thread", input, "--threads", "1"),
      score("score, 2 threads", input, "--threads", "2"),
      score("score", input),
      { name: "NumPy", command: "python3", args: ["-c", NUMPY, input, OUT] },
    ]);
  }
  const text = csv("d.csv", 100_000, 10);
  table("100,000 x 10 CSV", text, [
    score("score", text),
    node("papaparse, parsing alone", "--input-type=module", "-e", PAPAPARSE, text),
  ]);
} finally {
  rmSync(folder, { recursive: true });
}

function npy(name: string, rows: number, columns: number): string {
  const path = join(folder, name);
  const file = openSync(path, "w");
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117);
  // Version 1.0, and the length of what follows: 118.
  writeSync(file, Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, "latin1"));
  const part = Math.min(rows, 4096);
  const x = normalLogits(part * columns);
  for (let row = 0; row < rows; row += part) writeSync(file, x, 0, Math.min(part, rows - row) * columns * 4);
  return path;
}

function normalLogits(count: number): Float32Array {
  const { x } = createData({ operation: "softmax", type: "f32", shape: [count], axis: 0, spread: "narrow" });
  return x as Float32Array;
}

function csv(name: string, rows: number, columns: number): string {
  const path = join(folder, name);
  const x = normalLogits(rows * columns);
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from(x.subarray(row * columns, (row + 1) * columns), (value) => value.toFixed(6)).join(","),
  );
  writeFileSync(
    path,
    `${Array.from({ length: columns }, (_, k) => `c${k}`).join(",")}\n${lines.join("\n")}\n`,
  );
  return path;
}

function table(title: string, input: string, candidates: readonly Candidate[]): void {
  const size = statSync(input).size;
  readFileSync(input);
  const times = new Map<string, number[]>();
  const peaks = new Map<string, number>();
  const missing = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, args } of candidates) {
      progress(`${title}: ${round + 1} of ${rounds}, ${name}`);
      rmSync(OUT, { force: true });
      const start = performance.now();
      const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
      const seconds = (performance.now() - start) / 1000;
      if (status === 0) times.set(name, [...(times.get(name) ?? []), seconds]);
      else missing.add(`${name}: ${(stderr ?? "").trim().split("\n").at(-1) || "it does not run"}`);
      const peak = /"peakBytes":(\d+)/.exec(stderr ?? "")?.[1];
      if (peak !== undefined) peaks.set(name, Math.max(peaks.get(name) ?? 0, Number(peak)));
    }
  }
  progress("");
  console.log(`\n${bold(title)} · ${(size / 1e6).toFixed(0)} MB · seconds, MB/s, peak of memory`);
  for (const [name, all] of times) {
    const median = all.sort((a, b) => a - b)[all.length >> 1];
    const peak = peaks.get(name);
    const memory = peak === undefined ? "" : `${(peak / 1e6).toFixed(0)} MB`.padStart(10);
    const speed = (size / 1e6 / median).toFixed(0);
    console.log(`${name.padEnd(26)}${median.toFixed(3).padStart(8)}${speed.padStart(8)}${memory}`);
  }
  for (const line of missing) console.log(line);
}
