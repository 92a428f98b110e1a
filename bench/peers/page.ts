import { markdown } from "../docs/page.js";
import { competes, failures, isNumber, timeCell, versionOf } from "./cells.js";
import type { Cell, Entry, Report, Run, Table } from "./report.js";
import { samplingSection } from "./sampling/page.js";
import { labelOf, SHAPES } from "./workload.js";

const TYPES = { f32: "Float32Array", f64: "Float64Array" } as const;

/** docs/peers.md. */
export function page(report: Report): string {
  const { processor, cores, date, notes, native, runs } = report;
  const candidates = new Map(
    runs.flatMap(({ tables }) => tables.flatMap((table) => Object.entries(table.candidates))),
  );
  const included = new Map<string, string[]>();
  for (const [name, { includes }] of candidates) {
    included.set(includes, [...(included.get(includes) ?? []), `${name} ${versionOf(name, report)}`.trim()]);
  }
  return `<!-- Made by \`npm --prefix bench/peers start\`: do not edit. -->

# Beside other packages

What else computes softmax in JavaScript, and what native libraries make of the same processor. Measured on ${date}: ${cores} cores
of an ${processor}, one thread where nothing else is said. Each round calls every candidate once, or for some milliseconds, in
rotating order; the tables have the medians in nanoseconds per element. The fastest of JavaScript is in bold, ties within 3 %
included. A row \`a × b\` has a vectors of b numbers, N(0, 5²). \`npm --prefix bench/peers start\` measures your machine, and
writes this page.
${notes.map((note) => `\n${note}\n`).join("")}
- **ulp** is the largest error in units in the last place of the type, against double-double arithmetic, for the numbers that
  are timed. **ulp, subnormal** is that of rows that are spread so far that results are subnormal. 8e+6 for a Float32Array is a
  zero in place of the largest of these.
- **at the edges** compares rows of 16 numbers with what PyTorch, SciPy and JAX give: all −∞; one +∞ or one NaN among others; ±1e4;
  ±3e38 (±1.7e308 for a Float64Array); equal numbers. ✓ is all of them. What is given elsewhere is named: each number once.

What a call includes:

${[...included].map(([includes, names]) => `- ${names.join("; ")}: ${includes}`).join("\n")}

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="peers-dark.svg">
  <img alt="Time per element of softmax, by package" src="peers.svg">
</picture>

${nativeSection(native)}
${runs.map(runSection).join("\n")}${samplingSection(report)}`;
}

function nativeSection({ found, missing }: Report["native"]): string {
  const lines = [
    "The lines `C` are `bench/peers/native`: three passes of 256 bits with the exponentials of the library, built by `cc -O3 -mavx2",
    "-mfma`, and the operators of XNNPACK, which choose their own instructions. ",
  ];
  if (found.length === 0) lines.push("None was built here.");
  return `${lines.join("\n").trim()}${missing.length > 0 ? `\nMissing here: ${missing.join("; ")}.` : ""}\n`;
}

function runSection({ node, tables }: Run): string {
  return `## Node ${node}\n\n${tables.map(tableSection).join("\n")}`;
}

function tableSection({ operation, type, candidates }: Table): string {
  const entries = Object.entries(candidates);
  const labels = SHAPES[operation]
    .map(labelOf)
    .filter((label) => entries.some(([, { times }]) => label in times));
  const measured = entries.filter(([, { times }]) => Object.values(times).some(isNumber));
  const best = new Map(labels.map((label) => [label, fastest(candidates, label)]));
  const lines = measured.map(([name, entry]) => [
    name,
    ...labels.map((label) => timeCell(entry.times[label], name, best.get(label))),
    name === "copy" ? "" : errorCell(entry.ulp),
    name === "copy" ? "" : errorCell(entry.wide),
    name === "copy" ? "" : edgesCell(entry),
  ]);
  return `### ${operation} of a ${TYPES[type]}

${markdown([["", ...labels, "ulp", "ulp, subnormal", "at the edges"], ...lines])}
${failures(entries, labels)}`;
}

function fastest(candidates: Table["candidates"], label: string): number {
  const times = Object.entries(candidates).map(([name, { times }]) =>
    competes(name) ? times[label] : undefined,
  );
  return Math.min(...times.filter(isNumber));
}

function errorCell(cell: Cell): string {
  if (!isNumber(cell)) return cell;
  if (cell >= 10_000) return cell.toExponential(0);
  return cell.toFixed(cell < 10 ? 2 : cell < 100 ? 1 : 0);
}

function edgesCell({ edges }: Entry): string {
  const found = Object.entries(edges).map(([name, given]) => `${name}: ${given}`);
  return found.length === 0 ? "✓" : found.join("; ");
}
