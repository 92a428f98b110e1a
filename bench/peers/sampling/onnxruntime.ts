import proto from "onnx-proto";
import { lacks } from "../candidate.js";
import { type Library, node, sessionOf, web } from "../candidates/onnxruntime.js";
import { type Choice, COUNT, type SamplingCandidate, type TokenWay } from "./choice.js";

const includes = "a model of TopK, Multinomial and GatherElements; the input tensor is kept";

export const onnxruntime: readonly SamplingCandidate[] = [
  {
    name: "onnxruntime-web",
    includes: `${includes}; copies into and out of WebAssembly`,
    make: (choice, logits) => way(web, choice, logits),
  },
  { name: "onnxruntime-node", includes, make: (choice, logits) => way(node, choice, logits) },
];

async function way(library: Library, choice: Choice, logits: Float32Array): Promise<TokenWay> {
  if (choice.filters.topP !== undefined) lacks("top-p");
  if (choice.filters.minP !== undefined) lacks("min-p");
  const session = await sessionOf(library, 1, model(choice));
  const feeds = { x: new library.Tensor("float32", logits, [1, logits.length]) };
  return {
    run: () => session.run(feeds),
    read: async () => Array.from((await session.run(feeds)).tokens.data as BigInt64Array, Number),
    free: () => session.release(),
  };
}

const FLOAT = 1;
const INT64 = 7;

/** x [1, n] to tokens [1, 50], or to one that is drawn. */
function model({ draws, filters }: Choice): Uint8Array {
  const value = (name: string, elemType: number) => ({ name, type: { tensorType: { elemType } } });
  const topK = (indices: string) => ({ input: ["x", "k"], output: ["values", indices], opType: "TopK" });
  const multinomial = (input: string, output: string) => ({
    input: [input],
    output: [output],
    opType: "Multinomial",
    attribute: [{ name: "dtype", type: 2, i: INT64 }],
  });
  const gather = {
    input: ["indices", "place"],
    output: ["tokens"],
    opType: "GatherElements",
    attribute: [{ name: "axis", type: 2, i: 1 }],
  };
  const drawn =
    filters.topK === undefined
      ? [multinomial("x", "tokens")]
      : [topK("indices"), multinomial("values", "place"), gather];
  return proto.onnx.ModelProto.encode({
    irVersion: 7,
    opsetImport: [{ domain: "", version: 13 }],
    graph: {
      name: "tokens",
      node: draws ? drawn : [topK("tokens")],
      initializer: [{ name: "k", dims: [1], dataType: INT64, int64Data: [COUNT] }],
      input: [value("x", FLOAT)],
      output: [value("tokens", INT64)],
    },
  }).finish();
}
