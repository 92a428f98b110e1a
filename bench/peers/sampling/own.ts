import type { AsyncFunctions, Instance } from "../../../src/index.js";
import { instance, pool, threads } from "../candidates/own.js";
import { type Choice, COUNT, type SamplingCandidate, type TokenWay } from "./choice.js";

const plain = "an array of JavaScript; a seed of its own for each draw";
const resident = "an array that `allocate` gave: nothing is copied";

export const own: readonly SamplingCandidate[] = [
  ...(["relaxed", "simd", "js"] as const).map((backend) => ({
    name: `softmax-wasm ${backend}`,
    includes: plain,
    make: (choice: Choice, logits: Float32Array) => wayOf(instance(backend), choice, () => logits),
  })),
  {
    name: "softmax-wasm relaxed, resident",
    includes: resident,
    make: (choice, logits) => onResident(instance("relaxed"), choice, logits),
  },
  {
    name: `softmax-wasm pool of ${threads}, resident`,
    includes: `${resident}, as promises`,
    make: async (choice, logits) => onResident(await pool(), choice, logits),
  },
];

type Library = Pick<Instance | AsyncFunctions, "sample" | "topK">;

function wayOf(library: Library, { draws, filters }: Choice, logits: () => Float32Array): TokenWay {
  let seed = 0;
  if (draws) {
    const run = () => library.sample(logits(), { ...filters, seed: seed++ });
    return { run, read: async () => [await run()] };
  }
  const out = { values: new Float32Array(COUNT), indices: new Int32Array(COUNT) };
  const run = () => library.topK(logits(), COUNT, { out });
  return { run, read: async () => (await run()).indices };
}

function onResident(
  library: Library & Pick<Instance, "allocate">,
  choice: Choice,
  logits: Float32Array,
): TokenWay {
  const x = library.allocate("f32", logits.length);
  x.view.set(logits);
  return { ...wayOf(library, choice, () => x.view), free: () => x.free() };
}
