import { measure, orderOf } from "./rounds.js";
import { own } from "./candidates/own.js";
import { onnxruntime } from "./candidates/onnxruntime.js";
import { workload } from "./workload.js";
import { median } from "../measure.js";
const work = workload("logSoftmax", "f32", [1, 151_936]);
const ways = new Map();
for (const c of [...own.filter((c) => !/js$|simd/.test(c.name)), ...onnxruntime]) ways.set(c.name, await c.make(work));
const all = new Map<string, number[]>();
for (let k = 0; k < 7; k++) {
  const out = await measure(ways, { rounds: 7, milliseconds: 10 });
  for (const [n, t] of out) { const l = all.get(n) ?? []; l.push(t as number); all.set(n, l); }
}
const base = all.get("onnxruntime-node")!;
for (const [n, l] of all) console.log(n.padEnd(36), (median(l) / 151936).toFixed(3), "ns; onnxruntime-node / this, median of ratios:", median(l.map((t, k) => base[k] / t)).toFixed(3), l.map((t,k)=>(base[k]/t).toFixed(2)).join(" "));
process.exit(0);
