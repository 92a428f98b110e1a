import type { Way } from "./entrant.js";

/** A turn is so long that a clock that shows whole milliseconds is good enough. */
const TURN = 40;
const WARM_UP = 120;

/** How many calls of the way fill a turn, once its code is compiled: WebAssembly and JavaScript begin in slow tiers. */
export async function warmUp(way: Way): Promise<number> {
  let calls = 1;
  for (let spent = 0; spent < WARM_UP; ) {
    const milliseconds = await timeOf(way, calls);
    spent += Math.max(milliseconds, 0.1);
    calls = Math.max(1, Math.round((calls * TURN) / Math.max(milliseconds, TURN / 16)));
  }
  return calls;
}

/** Milliseconds of so many calls. Only what gives promises pays for awaiting. */
export async function timeOf({ run }: Way, calls: number): Promise<number> {
  const start = performance.now();
  const first = run();
  if (first instanceof Promise) {
    await first;
    for (let call = 1; call < calls; call++) await run();
  } else {
    for (let call = 1; call < calls; call++) run();
  }
  return performance.now() - start;
}

/** The order of `count` ways in a round: each round begins one further, so that each way has been in every place. */
export function orderOf(count: number, round: number): number[] {
  return Array.from({ length: count }, (_, k) => (k + round) % count);
}
