import { random, softmax, Tensor, topk } from "@huggingface/transformers";
import { lacks } from "../candidate.js";
import type { SamplingCandidate } from "./choice.js";

export const transformers: readonly SamplingCandidate[] = [
  {
    name: "transformers.js",
    includes: "its topk, softmax and random.choices, as its sampler calls them; the tensor is kept",
    make: ({ draws, filters }, logits) => {
      // It has the options, and does not apply them.
      if (filters.topP !== undefined) lacks("top-p");
      if (filters.minP !== undefined) lacks("min-p");
      const tensor = new Tensor("float32", logits, [1, logits.length]);
      const first = () => topk(tensor, filters.topK ?? logits.length);
      if (!draws)
        return { run: first, read: async () => Array.from((await first())[1].data as never, Number) };
      const run = async () => {
        const [values, indices] = await first();
        const probabilities = softmax(values.data as Float32Array);
        return random.choices(indices.data as never, probabilities as never) as bigint;
      };
      return { run, read: async () => [Number(await run())] };
    },
  },
];
