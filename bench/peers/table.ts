/** Measures one table in this process, and sends it to its parent. */
import { progress } from "../../examples/terminal.js";
import type { ElementType } from "../workload.js";
import type { Candidate, Way } from "./candidate.js";
import { jax } from "./candidates/jax.js";
import { litert } from "./candidates/litert.js";
import { native } from "./candidates/native.js";
import { onnxruntime } from "./candidates/onnxruntime.js";
import { own } from "./candidates/own.js";
import { plain } from "./candidates/plain.js";
import { rows } from "./candidates/rows.js";
import { tfjs } from "./candidates/tfjs.js";
import { difference, EDGES, edge } from "./edges.js";
import { exact, largestError } from "./exact.js";
import type { Cell, Table } from "./report.js";
import { type Budget, measure, messageOf } from "./rounds.js";
import { labelOf, type Operation, resultLength, SHAPES, type Workload, workload } from "./workload.js";

export interface Task {
  readonly operation: Operation;
  readonly type: ElementType;
  readonly quick: boolean;
}

/** In a row of so many elements or more, a round is one call of each. */
const LARGE = 1_000_000;
/** A quick run leaves out what has more. */
const QUICKLY = 10_000_000;
const BUDGETS = {
  quick: { small: { rounds: 3, milliseconds: 2 }, large: { rounds: 1, milliseconds: 0 } },
  thorough: { small: { rounds: 15, milliseconds: 5 }, large: { rounds: 5, milliseconds: 0 } },
} as const;

const candidates: readonly Candidate[] = [
  ...own,
  ...onnxruntime,
  ...tfjs,
  ...jax,
  ...litert,
  ...rows,
  ...native,
  ...plain,
];

interface Draft {
  readonly includes: string;
  readonly times: Record<string, Cell>;
  ulp: Cell;
  wide: Cell;
  readonly edges: Record<string, string>;
}

const drafts = new Map<string, Draft>(
  candidates.map(({ name, includes }) => [name, { includes, times: {}, ulp: 0, wide: 0, edges: {} }]),
);

const { operation, type, quick }: Task = JSON.parse(process.argv[2]);
for (const shape of SHAPES[operation]) {
  if (quick && shape[0] * shape[1] > QUICKLY) continue;
  progress(`${operation} ${type}, ${labelOf(shape)} …`);
  await timed(workload(operation, type, shape), BUDGETS[quick ? "quick" : "thorough"]);
}
progress(`${operation} ${type}, errors …`);
await judged(workload(operation, type, [4, 1000], "wide"), (draft, error) => {
  draft.wide = error;
});
for (const name of EDGES) await atEdge(edge(operation, type, name), name);
progress("");

const table: Table = { operation, type, candidates: Object.fromEntries(drafts) };
process.send?.(table, () => process.exit(0));

/** Makes the ways of a workload, uses them and frees them. What cannot be made is told. */
async function withWays(
  work: Workload,
  use: (ways: ReadonlyMap<string, Way>) => Promise<void>,
  tell: (draft: Draft, message: string) => void,
): Promise<void> {
  const ways = new Map<string, Way>();
  for (const { name, make } of candidates) {
    try {
      ways.set(name, await make(work));
    } catch (error) {
      tell(draftOf(name), messageOf(error));
    }
  }
  await use(ways);
  for (const way of ways.values()) await way.free?.();
}

function draftOf(name: string): Draft {
  const draft = drafts.get(name);
  if (draft === undefined) throw new Error(`there is no candidate ${name}`);
  return draft;
}

async function timed(
  work: Workload,
  budgets: { readonly small: Budget; readonly large: Budget },
): Promise<void> {
  const label = labelOf(work.shape);
  const elements = work.x.length;
  await withWays(
    work,
    async (ways) => {
      await judge(work, ways, (draft, error) => {
        if (typeof draft.ulp === "number")
          draft.ulp = typeof error === "number" ? Math.max(draft.ulp, error) : error;
      });
      const outcomes = await measure(ways, elements < LARGE ? budgets.small : budgets.large);
      for (const [name, outcome] of outcomes) {
        draftOf(name).times[label] =
          typeof outcome === "number" ? Number((outcome / elements).toPrecision(3)) : outcome.error;
      }
    },
    (draft, message) => {
      draft.times[label] = message;
    },
  );
}

async function judged(work: Workload, tell: (draft: Draft, error: Cell) => void): Promise<void> {
  await withWays(work, (ways) => judge(work, ways, tell), tell);
}

/** The largest error of each way, or why there is none. */
async function judge(
  work: Workload,
  ways: ReadonlyMap<string, Way>,
  tell: (draft: Draft, error: Cell) => void,
): Promise<void> {
  const reference = exact(work);
  for (const [name, way] of ways) {
    if (name === "copy") continue;
    try {
      const results = await way.read();
      const wanted = resultLength(work);
      const error = largestError(results, reference, work);
      if (results.length !== wanted) tell(draftOf(name), `${results.length} results in place of ${wanted}`);
      else tell(draftOf(name), Number.isFinite(error) ? Number(error.toPrecision(3)) : "NaN or ∞");
    } catch (error) {
      tell(draftOf(name), messageOf(error));
    }
  }
}

async function atEdge(work: Workload, name: string): Promise<void> {
  await withWays(
    work,
    async (ways) => {
      for (const [candidate, way] of ways) {
        if (candidate === "copy") continue;
        try {
          const found = difference(await way.read(), work);
          if (found !== "") draftOf(candidate).edges[name] = found;
        } catch (error) {
          draftOf(candidate).edges[name] = messageOf(error);
        }
      }
    },
    (draft, message) => {
      draft.edges[name] = message;
    },
  );
}
