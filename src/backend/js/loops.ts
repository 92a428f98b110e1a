import { tables } from "../../math/tables.js";
import type { FloatArray, Layout, Operands } from "../../types.js";
import { makeLoopsF32 } from "./f32.js";
import { makeLoopsF64 } from "./f64.js";
import type { Scratch } from "./scratch.js";

/** What the loops in TypeScript run on. */
export interface Lanes {
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly layout: Layout;
  readonly temperature: number;
  readonly scratch: Scratch;
}

/** An operation in TypeScript, of the code that it is given. */
export type JsOperation = (loops: Loops, code: number, lanes: Lanes, operands: Operands) => void;

export type Loops = ReturnType<typeof makeLoops>;

/** Made once, on first use. While there is only one closure, V8 takes the tables for constants (1.4 times faster). */
let made: Loops | undefined;

export function loops(): Loops {
  made ??= makeLoops();
  return made;
}

function makeLoops() {
  const f32 = makeLoopsF32(tables());
  const f64 = makeLoopsF64(tables());
  /** An operation that takes logits alone. */
  function run(code: number, { x, out, layout, temperature, scratch }: Lanes): void {
    if (x.BYTES_PER_ELEMENT === 4) {
      f32.run(code, x as Float32Array, out, layout, temperature, scratch.values);
    } else {
      f64.run(code, x as Float64Array, out as Float64Array, layout, temperature, scratch);
    }
  }
  return { f32, f64, run };
}

/** Whether lanes are longer than their scratch memory. */
export function isLong({ layout, scratch }: Lanes): boolean {
  return layout.length > scratch.values.length;
}
