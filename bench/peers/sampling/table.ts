/** Measures the choice of a token in this process, and sends the table to its parent. */
import { progress } from "../../../examples/terminal.js";
import { createData } from "../../workload.js";
import type { Way } from "../candidate.js";
import type { Cell } from "../report.js";
import { measure, messageOf } from "../rounds.js";
import { CHOICES, type Choice, EDGE_CHOICE, type SamplingCandidate, type TokenWay } from "./choice.js";
import { llama } from "./llama.js";
import { onnxruntime } from "./onnxruntime.js";
import { own } from "./own.js";
import { sort } from "./sort.js";
import { transformers } from "./transformers.js";

export interface SamplingTask {
  readonly quick: boolean;
}

/** As many as of Qwen's vocabulary. */
const LENGTH = 151_936;
const SPREAD = 3 / 5;
const DRAWS = 20;

const candidates: readonly SamplingCandidate[] = [...own, ...onnxruntime, ...transformers, ...llama, ...sort];

const { quick }: SamplingTask = JSON.parse(process.argv[2]);
const entries = new Map(
  candidates.map(({ name, includes }) => [
    name,
    { includes, times: {} as Record<string, Cell>, edges: {} as Record<string, string> },
  ]),
);

// N(0, 3²)
const logits = Float32Array.from(
  createData({ operation: "softmax", type: "f32", shape: [1, LENGTH], axis: 1, spread: "narrow" }).x,
  (x) => SPREAD * x,
);
for (const choice of CHOICES) {
  progress(`tokens, ${choice.title} …`);
  const times = (name: string) => entries.get(name)?.times ?? {};
  const ways = await waysOf(choice, logits, (name, message) => {
    times(name)[choice.title] = message;
  });
  for (const [name, way] of ways) {
    const fault = await faultOf(choice, way);
    if (fault === undefined) continue;
    times(name)[choice.title] = fault;
    ways.delete(name);
  }
  const outcomes = await measure(ways as unknown as ReadonlyMap<string, Way>, {
    rounds: quick ? 9 : 15,
    milliseconds: quick ? 1 : 10,
  });
  for (const [name, outcome] of outcomes) {
    times(name)[choice.title] = typeof outcome === "number" ? Number(outcome.toPrecision(3)) : outcome.error;
  }
  await free(ways);
}

const EDGES = {
  "all −∞": () => new Float32Array(100).fill(Number.NEGATIVE_INFINITY),
  "one NaN": () => Float32Array.from({ length: 100 }, (_, k) => (k === 30 ? Number.NaN : k / 100)),
  "one +∞": () =>
    Float32Array.from({ length: 100 }, (_, k) => (k === 30 ? Number.POSITIVE_INFINITY : k / 100)),
};
for (const [edge, make] of Object.entries(EDGES)) {
  const tell = (name: string, message: string) => {
    const entry = entries.get(name);
    if (entry !== undefined) entry.edges[edge] = message;
  };
  const ways = await waysOf(EDGE_CHOICE, make(), (name) => tell(name, ""));
  for (const [name, way] of ways) {
    try {
      const drawn = new Set<number>();
      for (let draw = 0; draw < DRAWS; draw++) drawn.add((await way.read())[0]);
      tell(name, drawn.size === 1 ? String([...drawn][0]).replace("-", "−") : "several");
    } catch {
      tell(name, "error");
    }
  }
  await free(ways);
}
progress("");
process.send?.(Object.fromEntries(entries), () => process.exit(0));

async function waysOf(
  choice: Choice,
  x: Float32Array,
  tell: (name: string, message: string) => void,
): Promise<Map<string, TokenWay>> {
  const ways = new Map<string, TokenWay>();
  for (const { name, make } of candidates) {
    try {
      ways.set(name, await make(choice, x));
    } catch (error) {
      tell(name, messageOf(error));
    }
  }
  return ways;
}

async function free(ways: ReadonlyMap<string, TokenWay>): Promise<void> {
  for (const way of ways.values()) await way.free?.();
}

/** What is wrong with what a way chooses. */
async function faultOf({ draws, filters }: Choice, way: TokenWay): Promise<string | undefined> {
  const order = Uint32Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  try {
    if (!draws) {
      const indices = await way.read();
      const first = order.subarray(0, filters.topK);
      return first.every((token, k) => token === Number(indices[k])) ? undefined : "others than the first 50";
    }
    const kept = new Set(order.subarray(0, countOf(order, filters)));
    for (let draw = 0; draw < DRAWS; draw++) {
      const [token] = Array.from(await way.read(), Number);
      if (!kept.has(token)) return `draws token ${token}, which the filters leave out`;
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** How many of the tokens in order the filters keep, in doubles. */
function countOf(order: Uint32Array, { topK = 0, topP = 1, minP = 0 }: Choice["filters"]): number {
  let count = topK > 0 ? Math.min(topK, order.length) : order.length;
  const weight = (k: number) => Math.exp(logits[order[k]] - logits[order[0]]);
  let total = 0;
  for (let k = count - 1; k >= 0; k--) total += weight(k);
  let sum = 0;
  for (let k = 0; k < count && topP < 1; k++) {
    sum += weight(k);
    if (sum >= topP * total) count = k + 1;
  }
  while (minP > 0 && weight(count - 1) < minP) count--;
  return count;
}
