/**
 * How often should one send each symbol over a noisy channel? Maximises over probability vectors, through softmax.
 * `npx tsx examples/simplex.ts` runs this.
 */

import { bar } from "./bar.js";
import { capacity } from "./simplex/capacity.js";
import { bold } from "./terminal.js";

console.log("Channel   of three symbols. A always arrives; B and C turn into each other with probability q");
console.log("          (Shannon 1948, section 15)\n");
console.log("     q   capacity       how often to send A       and B, and C              steps");

let gap = 0;
for (const q of [0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5]) {
  const { information, bound, input, steps } = capacity([
    [1, 0, 0],
    [0, 1 - q, q],
    [0, q, 1 - q],
  ]);
  gap = Math.max(gap, bound - information);
  const bits = bold(`${(information / Math.LN2).toFixed(6)} bits`);
  const [a, b] = Array.from(input, (p) => `${bar(p, 16)} ${(100 * p).toFixed(1)} %`);
  console.log(`${String(q).padStart(6)}   ${bits}  ${a}   ${b}  ${String(steps).padStart(5)}`);
}

console.log(`\nProved: no way to send carries more than these by over ${gap.toExponential(0)} nats.`);
console.log("At q = 1/2 nothing tells B from C, and one bit is left: A, or one of the others.");
