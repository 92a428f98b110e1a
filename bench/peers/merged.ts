import type { Report, Run, Table } from "./report.js";

/** An earlier report, with what a run of some operations has measured in its place. Tables of another Node are not kept. */
export function merged(earlier: Report, now: Report): Report {
  const runs = now.runs.map((run) => {
    const old = earlier.runs.find(({ node }) => node === run.node);
    return old === undefined ? run : { node: run.node, tables: replaced(old, run) };
  });
  const others = earlier.runs.filter(({ node }) => !runs.some((run) => majorOf(run.node) === majorOf(node)));
  return {
    ...now,
    runs: [...runs, ...others].sort((a, b) => majorOf(b.node) - majorOf(a.node)),
    sampling: now.sampling.length > 0 ? now.sampling : earlier.sampling,
  };
}

function replaced(old: Run, run: Run): Table[] {
  const isSame = (a: Table) => (b: Table) => a.operation === b.operation && a.type === b.type;
  const kept = old.tables.map((table) => run.tables.find(isSame(table)) ?? table);
  return [...kept, ...run.tables.filter((table) => !old.tables.some(isSame(table)))];
}

function majorOf(node: string): number {
  return Number.parseInt(node, 10);
}
