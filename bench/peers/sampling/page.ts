import { markdown } from "../../docs/page.js";
import { competes, failures, isNumber, timeCell, versionOf } from "../cells.js";
import type { Report, SamplingTable } from "../report.js";
import { CHOICES, EDGE_CHOICE } from "./choice.js";

/** The part of docs/peers.md on what comes after the logits. Empty where that was not measured. */
export function samplingSection(report: Report): string {
  const { sampling } = report;
  if (sampling.length === 0) return "";
  const included = new Map<string, string[]>();
  for (const [name, { includes }] of Object.entries(sampling[0].candidates)) {
    included.set(includes, [...(included.get(includes) ?? []), `${name} ${versionOf(name, report)}`.trim()]);
  }
  return `
## A token from 151,936 logits

Microseconds for one lane of a Float32Array, N(0, 3²): the first 50 in order; or a draw of one token, of the first 50, of those that
top-p or min-p keep, or of all. What is drawn is checked against a sort in double precision, and what chooses others is not timed.
The last columns are what \`${EDGE_CHOICE.title}\` gives of 100 logits where there is nothing to draw, or no order: −1, a
token, several of 20 draws, or an error. What a call includes:

${[...included].map(([includes, names]) => `- ${names.join("; ")}: ${includes}`).join("\n")}

${sampling.map(tableSection).join("\n")}`;
}

function tableSection({ node, date, load, candidates }: SamplingTable): string {
  const entries = Object.entries(candidates);
  const titles = CHOICES.map(({ title }) => title);
  const edges = [...new Set(entries.flatMap(([, { edges }]) => Object.keys(edges)))];
  const best = new Map(
    titles.map((title) => {
      const times = entries.filter(([name]) => competes(name)).map(([, { times }]) => times[title]);
      return [title, Math.min(...times.filter(isNumber)) / 1000];
    }),
  );
  const lines = entries.map(([name, { times, edges: given }]) => [
    name,
    ...titles.map((title) => {
      const { [title]: time } = times;
      return timeCell(isNumber(time) ? time / 1000 : time, name, best.get(title));
    }),
    ...edges.map((edge) => given[edge] ?? ""),
  ]);
  return `### Tokens in Node ${node}

Measured on ${date}, at a load of ${load}: where that is above the number of cores, numbers are rough.

${markdown([["", ...titles, ...edges], ...lines])}
${failures(entries, titles)}`;
}
