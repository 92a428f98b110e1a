import { fastest, type Timings } from "../report.js";
import type { FirstCalls, Report, Run, ThreadsRun } from "./report.js";
import { coreParts, familyParts, type Part, shortParts, softmaxParts } from "./selection.js";

const HEADINGS: Readonly<Record<string, string>> = {
  naive: "`Math.exp` loop",
  "one-liner": "`map(Math.exp)`",
  copy: "a bare copy",
};

/** The backends. */
const OWN: readonly string[] = ["relaxed", "simd", "js"];

interface Line {
  readonly title: string;
  readonly timings: Timings;
}

/** docs/speed.md. */
export function page(report: Report): string {
  const { processor, cores, date, newest, oldest, threads, firstCalls, notes } = report;
  const family = linesOf(newest, familyParts);
  const core = linesOf(newest, coreParts);
  const short = linesOf(newest, shortParts);
  return `<!-- Made by \`npm run bench:docs\`: do not edit. -->

# Speed

Measured on ${date}: ${cores} cores of an ${processor}, one thread, \`out\` given, Node ${newest.node} where nothing else is
said. Medians, in nanoseconds per element. The fastest is in bold, ties within 3 % included. A row \`a × b\` has a vectors of b
numbers. \`npm run bench\` measures your machine, and \`npm run bench:docs\` writes this page.
${notes.map((note) => `\n${note}\n`).join("")}
- **relaxed**, **simd** and **js** are the backends of the package: relaxed SIMD, SIMD and TypeScript.
- **\`Math.exp\` loop** is what one writes without a library: the maximum, the exponentials, their sum, a division.
- **\`map(Math.exp)\`** is the one-liner that allocates, and overflows as it does not subtract the maximum.
- **a bare copy** moves the same bytes once: nothing can be faster.

## softmax of a Float32Array

${table("rows × columns", linesOf(newest, softmaxParts))}

${losers(linesOf(newest, softmaxParts))}

## By length

One vector by its length, and rows of 10 by their number. The fixed cost of a call shows on the left, where the loop wins.

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="scaling-dark.svg">
  <img alt="Time per number of softmax over the size of the array: the three backends and a loop with Math.exp" src="scaling.svg">
</picture>
${
  short.length === 0
    ? ""
    : `
## Short calls

One vector, in nanoseconds per call, by its length.

${table("elements", short)}

${losers(short)}
`
}
${firstCallsSection(firstCalls)}## log-softmax, log-sum-exp, double precision, other axes

${table("", core)}

${losers(core)}

## The family

A \`Float32Array\` where nothing else is said, beside the loop with \`Math.exp\` and \`Math.log\` that one would write.

${table("", family)}

${losers(family)}

## The oldest Node

softmax of a \`Float32Array\` in Node ${oldest.node}, where relaxed SIMD is behind a flag.

${table("rows × columns", linesOf(oldest, softmaxParts))}

${losers(linesOf(oldest, softmaxParts))}

## Threads

${threadsSection(threads)}
`;
}

/** The rows of these parts that were measured. */
function linesOf({ tables }: Run, parts: readonly Part[]): Line[] {
  return parts.flatMap(({ table, title, labels, columns = {} }) => {
    const rows = tables.find(({ name }) => name === table)?.rows ?? {};
    return labels.flatMap((label) => {
      if (rows[label] === undefined) return [];
      const replaced = Object.values(columns);
      const timings = Object.entries(rows[label])
        .filter(([name]) => !replaced.includes(name))
        .map(([name, time]) => [columns[name] ?? name, time]);
      return [{ title: title.replace("$", label), timings: Object.fromEntries(timings) }];
    });
  });
}

function table(first: string, lines: readonly Line[]): string {
  const known = ["relaxed", "simd", "js", "naive", "one-liner", "copy"];
  const columns = known.filter(
    (name) => lines.filter(({ timings }) => name in timings).length * 2 > lines.length,
  );
  const rows = lines.map(({ title, timings }) => {
    const best = fastest(timings);
    return [
      title,
      ...columns.map((name) => {
        const time = timings[name];
        if (time === undefined) return "";
        return best.includes(name) ? `**${nanoseconds(time)}**` : nanoseconds(time);
      }),
    ];
  });
  return markdown([[first, ...columns.map((name) => HEADINGS[name] ?? name)], ...rows]);
}

/** A table of Markdown in columns of equal width, numbers to the right. */
export function markdown([head, ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((cell, k) => Math.max(3, cell.length, ...rows.map((row) => row[k].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join(" | ")} |`;
  const rule = widths.map((width, k) => (k === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** Where the package loses, by name. */
function losers(lines: readonly Line[]): string {
  const won = lines.filter(({ timings }) => fastest(timings).every((name) => !OWN.includes(name)));
  const overJs = lines.filter(
    ({ timings }) => timings.naive < timings.js && !won.some((line) => line.timings === timings),
  );
  const kernels =
    won.length === 0
      ? "The package is fastest, or as fast, in every row."
      : `**The loop wins** at ${list(won)}.`;
  return overJs.length === 0
    ? kernels
    : `${kernels}\n\nOver js, and not over the kernels, it wins at ${list(overJs)}.`;
}

function list(lines: readonly Line[]): string {
  return lines.map(({ title }) => title).join("; ");
}

function firstCallsSection(firstCalls: FirstCalls | undefined): string {
  if (firstCalls === undefined) return "";
  const rows = Object.entries(firstCalls).map(([host, { three, thousand, again }]) => [
    host,
    ...[three, thousand, again].map(String),
  ]);
  return `## The first call

Milliseconds of softmax in a process or page that has called nothing yet, medians of cold starts. The kernels are decoded and
compiled by the first call.

${markdown([["", "of 3 numbers", "then of 1,000", "the same again"], ...rows])}

`;
}

function threadsSection({ node, threads, backend, rows }: ThreadsRun): string {
  const kinds = ["resident", "shared", "private"];
  const names: Record<string, string> = { shared: "in a SharedArrayBuffer" };
  const cells = Object.entries(rows).map(([title, ratios]) => [
    title,
    ...kinds.map((kind) => ratios[kind]?.map((ratio) => ratio.toFixed(2)).join(", ") ?? ""),
  ]);
  return `${threads} threads, Node ${node}, ${backend}: how many times as fast as the function without a pool on arrays of the same
kind, for the promise and for \`pool.sync\`. In a promised call of up to 2 MiB for each thread the calling thread takes part too;
a longer one waits for two wake-ups. Private arrays wait for the one thread that may copy them. Below 1, the pool loses.

${markdown([["rows × columns", ...kinds.map((kind) => names[kind] ?? kind)], ...cells])}`;
}

function nanoseconds(time: number): string {
  return time.toFixed(time < 10 ? 2 : time < 100 ? 1 : 0);
}
