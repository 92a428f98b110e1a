/**
 * npm run bench:score                  whole commands, each in a process of its own, in turn
 * npm run bench:score -- --rounds 9    more of them (5)
 * npm run bench:score -- --only csv    tables whose title has this
 *
 * `softmax-wasm score` beside what only moves the data (`cp`, the libraries' readers and writers alone, papaparse's parsing alone),
 * and beside the same job in NumPy, where Python has it. papaparse is there after npm install --no-save papaparse. A row ends when
 * the results are on the disk, but those of papaparse, which writes none. Medians of seconds, the start of the process included
 * everywhere, and the peak of memory where the command says it.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bold, progress } from "../examples/terminal.js";
import { Inputs } from "./scoreFiles.js";
import { ARROW, NUMPY, PAPAPARSE, PARQUET } from "./scoreOthers.js";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, only: { type: "string", default: "" } },
});
const rounds = Number(options.rounds);
const folder = mkdtempSync(join(tmpdir(), "score-"));
const inputs = new Inputs(folder);
const COMMAND = "dist/cli.js";
const OUT = join(folder, "out");

interface Candidate {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const node = (name: string, ...args: string[]): Candidate => ({ name, command: process.execPath, args });
const script = (name: string, code: string, input: string): Candidate =>
  node(name, "--input-type=module", "-e", code, input, OUT);
const score = (name: string, input: string, to: string, ...more: string[]): Candidate =>
  node(name, COMMAND, "score", input, "-o", OUT, "--to", to, "-f", "--json", ...more);

try {
  for (const [rows, columns] of [
    [4096, 1000],
    [1_000_000, 10],
    [65_536, 1000],
  ]) {
    const create = () => inputs.npy(`${rows}.npy`, rows, columns);
    table(`${rows.toLocaleString("en-US")} x ${columns.toLocaleString("en-US")} .npy`, create, (input) => [
      { name: "cp", command: "cp", args: [input, OUT] },
      { name: "cp, sync", command: "sh", args: ["-c", 'cp "$0" "$1" && sync "$1"', input, OUT] },
      score("score, 1 thread", input, "npy", "--threads", "1"),
      score("score, 2 threads", input, "npy", "--threads", "2"),
      score("score", input, "npy"),
      { name: "NumPy", command: "python3", args: ["-c", NUMPY, input, OUT] },
    ]);
  }
  for (const rows of [100_000, 1_000_000]) {
    const create = () => inputs.csv(`${rows}.csv`, rows, 10);
    table(`${rows.toLocaleString("en-US")} x 10 CSV`, create, (input) => [
      score("score to .npy", input, "npy"),
      score("score to CSV", input, "csv"),
      script("papaparse, parsing alone", PAPAPARSE, input),
    ]);
  }
  const lists = () => inputs.arrowLists("lists.arrow", 65_536, 1000);
  table("65,536 x 1,000 Arrow, lists", lists, (input) => [
    score("score", input, "arrow"),
    script("apache-arrow alone", ARROW, input),
  ]);
  const columns = () => inputs.parquetColumns("columns.parquet", 1_000_000, 10);
  table("1,000,000 x 10 Parquet, columns", columns, (input) => [
    score("score", input, "parquet"),
    script("hyparquet alone", PARQUET, input),
  ]);
} finally {
  rmSync(folder, { recursive: true });
}

function table(title: string, create: () => string, of: (input: string) => readonly Candidate[]): void {
  if (!title.toLowerCase().includes(options.only.toLowerCase())) return;
  const input = create();
  const size = statSync(input).size;
  const candidates = of(input);
  // From the cache, for all of them.
  readFileSync(input);
  const times = new Map<string, number[]>();
  const peaks = new Map<string, number>();
  const missing = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, args } of candidates) {
      progress(`${title}: ${round + 1} of ${rounds}, ${name}`);
      rmSync(OUT, { force: true });
      const start = performance.now();
      // Behind a shell: Linux counts to the peak of a process what the one that has started it had.
      const shell = ["-c", '"$@"; exit $?', "sh", command, ...args];
      const { status, stderr } = spawnSync("sh", shell, { encoding: "utf8" });
      const seconds = (performance.now() - start) / 1000;
      if (status === 0) times.set(name, [...(times.get(name) ?? []), seconds]);
      else missing.add(`${name}: ${/^.*Error.*$/m.exec(stderr ?? "")?.[0] ?? "it does not run"}`);
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
