/** Reads of a word between two looks at the clock: a microsecond or two. */
const READS = 100;

/** Tells the processor that a loop is waiting, where the engine can (V8 from 13.3 on). */
const pause = (Atomics as { readonly pause?: () => void }).pause ?? (() => {});

/** Whether this thread may sleep. The window of a browser may not. */
export function mayWait(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === "not-equal";
  } catch {
    return false;
  }
}

/** Reads a word while it has a value. False if it still has it after some milliseconds. */
export function spinOn(words: Int32Array, at: number, value: number, milliseconds: number): boolean {
  if (milliseconds === 0) return false;
  const until = performance.now() + milliseconds;
  do {
    for (let k = 0; k < READS; k++) {
      if (Atomics.load(words, at) !== value) return true;
      pause();
    }
  } while (performance.now() < until);
  return false;
}

/** Sleeps while a word has a value. False if it still has it after `mostSeconds`. */
export function sleepOn(words: Int32Array, at: number, value: number, mostSeconds: number): boolean {
  // Second by second: if the whole process stops for a while, only one of them passes.
  for (let second = 0; second < mostSeconds; second++) {
    if (Atomics.wait(words, at, value, 1000) !== "timed-out") return true;
  }
  return false;
}
