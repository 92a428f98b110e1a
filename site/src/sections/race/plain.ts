import { naive, oneLiner } from "../../../../bench/naive.js";
import type { Entrant, Task, Way } from "./entrant.js";

export const plain: readonly Entrant[] = [
  {
    name: "Loop with Math.exp",
    of: "others",
    includes: "into an array that is kept",
    make: (task) => byRows(naive.softmax, task),
  },
  {
    name: "One-liner, map(Math.exp)",
    of: "others",
    includes: "new arrays; overflows beyond 88, as it does not subtract the maximum",
    make: (task) => byRows(oneLiner.softmax, task),
  },
];

function byRows(compute: typeof naive.softmax, { shape: [outer, length], x }: Task): Way {
  const out = new Float32Array(x.length);
  const run = () => compute(x, out, { outer, length, inner: 1 });
  return { run, read: run };
}
