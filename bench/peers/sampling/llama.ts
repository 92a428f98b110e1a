import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { lacks } from "../candidate.js";
import { talkTo } from "../candidates/native.js";
import { samplers } from "../native/build.js";
import type { Choice, SamplingCandidate, TokenWay } from "./choice.js";

export const llama: readonly SamplingCandidate[] = [
  {
    name: "C, llama.cpp of node-llama-cpp",
    includes:
      "the samplers in its library, without a model; a process of its own, whose clock it is; the array of candidates is filled for each token, as llama_sampler_sample does",
    make: way,
  },
];

async function way({ draws, filters }: Choice, logits: Float32Array): Promise<TokenWay> {
  if (!draws) lacks("list without a draw");
  const { topK = 0, topP = 1, minP = 0 } = filters;
  const { ask, free, first } = await talkTo(samplers, logits, (input) => [
    library(),
    ...[topK, topP, minP].map(String),
    input,
  ]);
  if (first !== "ready") {
    free();
    lacks("library for this machine");
  }
  return {
    run: () => ask("run 1"),
    time: async (calls) => Number(await ask(`run ${calls}`)),
    read: async () => [Number(await ask("token"))],
    free,
  };
}

/** node-llama-cpp has a package for each kind of machine. */
function library(): string {
  const name = `${process.platform}-${process.arch}`;
  const entry = fileURLToPath(import.meta.resolve(`@node-llama-cpp/${name}`));
  const folder = join(dirname(entry), "../bins", name);
  const file = readdirSync(folder).find((file) => /^libllama\..*so$/.test(file));
  return join(folder, file ?? lacks("library"));
}
