#!/usr/bin/env bash
# Surprise: transformers.js takes top_p in a generation's options, documents it, exports a TopPLogitsWarper that checks
#   its range, and filters nothing: no processor is made for it, and the class has no method that does the work.
# Met by: whoever moves a working top_p from Python to the browser and finds the text wilder than it was.
# The guess: nucleus sampling as in the library it is a port of, or an error.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline @huggingface/transformers@4.3.2
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import * as transformers from "@huggingface/transformers";

const { GenerationConfig, PreTrainedModel, Tensor, TopPLogitsWarper } = transformers;
// What generate() does with its options; no model is needed for that.
const model = Object.create(PreTrainedModel.prototype);
const options = { do_sample: true, temperature: 0.7, top_p: 0.5, repetition_penalty: 1.1 };
const processors = model._get_logits_processor(new GenerationConfig(options), 3);
const names = [...processors].map((processor) => processor.constructor.name);
console.log(options, "->", names);
assert.deepEqual(names, ["RepetitionPenaltyLogitsProcessor", "TemperatureLogitsWarper"]);

assert.throws(() => new TopPLogitsWarper(1.5), /top_p/);
const logits = new Tensor("float32", [0, 1, 2, 5], [1, 4]);
assert.throws(() => new TopPLogitsWarper(0.5)._call([[1n]], logits), (error) => {
  console.log("TopPLogitsWarper:", error.message);
  return true;
});
EOF
node see.mjs
