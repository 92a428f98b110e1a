import type { Functions } from "../../src/functions/instance.js";
import type { BackendName } from "../../src/index.js";
import { createSoftmax } from "../../src/index.js";
import { INPUTS } from "./inputs.js";

type Untyped = Record<string, (...args: unknown[]) => unknown>;

/** A hash of the results of each function for its row of inputs, by element type: FNV-1a over their bytes. */
export function hashesOf(backend: BackendName): Record<string, Record<string, string>> {
  const functions = createSoftmax({ backend }) as unknown as Untyped;
  const names = Object.keys(INPUTS) as (keyof Functions)[];
  const ofType = (type: "f32" | "f64") =>
    names.map((name) => [name, hashOf(INPUTS[name](type).map((args) => functions[name](...args)))]);
  return { f32: Object.fromEntries(ofType("f32")), f64: Object.fromEntries(ofType("f64")) };
}

/** Arrays, numbers, or pairs of them. */
function hashOf(results: readonly unknown[]): string {
  let hash = 0x811c9dc5;
  const add = (value: unknown): void => {
    if (typeof value === "number") add(Float64Array.of(value));
    else if (!ArrayBuffer.isView(value)) Object.values(value as object).forEach(add);
    else {
      const bytes = bytesOf(value as Float32Array | Float64Array);
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
    }
  };
  results.forEach(add);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** The bytes of a copy in which every NaN has the same bits. */
function bytesOf(values: Float32Array | Float64Array): Uint8Array {
  const copy = values.slice();
  const bytes = new Uint8Array(copy.buffer);
  const { BYTES_PER_ELEMENT: size } = values;
  for (let k = 0; k < values.length; k++) {
    if (Number.isNaN(values[k])) bytes.fill(0xff, k * size, (k + 1) * size);
  }
  return bytes;
}
