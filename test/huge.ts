/**
 * One lane of 2^31 + 4,096 floats: its indices and byte offsets are beyond 32 bits. Takes 8.6 GB of memory, and so is not in the
 * suite: `npm run test:huge`, or `npm run test:huge simd`. Throws where a result is wrong, or takes more than 64 MB beside the lane.
 */
import assert from "node:assert/strict";
import { type BackendName, createSoftmax } from "../src/index.js";

const PERIOD = 4096;
const LENGTH = 2 ** 31 + PERIOD;
const MOST_BYTES = 64 * 2 ** 20;

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

/** The same logits again and again, but for the last one: so the sum of the exponentials is known. */
const x = new Float32Array(LENGTH);
for (let k = 0; k < PERIOD; k++) x[k] = Math.fround(Math.sin(k) * 4);
for (let done = PERIOD; done < LENGTH; done *= 2) x.copyWithin(done, 0, Math.min(done, LENGTH - done));
const pattern = Float64Array.from(x.subarray(0, PERIOD));
const LAST = 20;
x[LENGTH - 1] = LAST;

let period = 0;
for (const logit of pattern) period += Math.exp(logit);
const total = period * (LENGTH / PERIOD) - Math.exp(pattern[PERIOD - 1]) + Math.exp(LAST);
const least = process.memoryUsage().rss;

/** Calls, and says what that took. `maxRSS` is the most that the process has ever had. */
function measured<T>(title: string, call: () => T): T {
  const start = performance.now();
  const result = call();
  const seconds = (performance.now() - start) / 1000;
  const beside = process.resourceUsage().maxRSS * 1024 - least;
  const each = ((seconds / LENGTH) * 1e9).toFixed(2);
  console.log(`${title}: ${seconds.toFixed(1)} s, ${each} ns an element, ${megabytes(beside)} MB beside it`);
  assert(beside <= MOST_BYTES, `${megabytes(beside)} MB beside the lane`);
  return result;
}

const asked = process.argv.slice(2) as BackendName[];
const names: readonly BackendName[] = asked.length > 0 ? asked : ["js", "simd"];
let library = createSoftmax({ backend: names[0] });
for (const backend of names) {
  library = createSoftmax({ backend });
  const sum = measured(`${backend}: logSumExp`, () => library.logSumExp(x));
  assert(Math.abs(sum - Math.log(total)) < 2e-6, `log-sum-exp is ${sum}, not ${Math.log(total)}`);
}
// In place, so once.
measured(`${library.backend}: softmax`, () => library.softmax(x, { out: x }));
const first = x.slice(0, PERIOD);
for (let k = 0; k < PERIOD; k++) {
  const exact = Math.exp(pattern[k]) / total;
  assert(Math.abs(first[k] / exact - 1) < 2 ** -22, `p is ${first[k]} at ${k}, not ${exact}`);
}
for (let k = PERIOD; k < LENGTH - 1; k++) {
  if (x[k] !== first[k % PERIOD]) assert.fail(`p is ${x[k]} at ${k}, not ${first[k % PERIOD]}`);
}
assert(Math.abs(x[LENGTH - 1] / (Math.exp(LAST) / total) - 1) < 2 ** -22, `p is ${x[LENGTH - 1]} at the end`);
console.log("all right");
