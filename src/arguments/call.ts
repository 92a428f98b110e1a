import type { FloatArray, Layout } from "../types.js";
import { readElements, settled } from "./arrays.js";
import { type Biases, readBias } from "./bias.js";
import { FILTERS, type Filters, readFilters } from "./filters.js";
import { readMask } from "./mask.js";
import { checkNames } from "./optionNames.js";
import { readOptions } from "./options.js";
import { resolve } from "./shape.js";

/** What `candidates` and `sample` take. */
export const LANES_OF_TOKENS: readonly string[] = [...FILTERS, "mask", "bias", "shape", "axis"];

/** The checked arguments of a call, which no code of the caller can change any more. */
export interface Call {
  readonly caller: string;
  readonly x: FloatArray;
  readonly layout: Layout;
  readonly lanes: number;
  /** Whether it is about one lane, without a shape. */
  readonly isOne: boolean;
  readonly filters: Filters;
  readonly mask: Uint8Array | undefined;
  readonly bias: Biases | undefined;
}

/** Checks the arguments. `options` is undefined or an object with these `names` alone. */
export function readCall(caller: string, logits: unknown, options: unknown, names: readonly string[]): Call {
  if (options !== undefined) checkNames(caller, options, names);
  const given = (options ?? {}) as { readonly [name: string]: unknown };
  const { shape, axis } = readOptions(caller, laneOptions(given), -1);
  const filters = readFilters(caller, given);
  const mask = settled(given.mask);
  const bias = settled(given.bias);
  const x = readElements(caller, logits, "logits");
  const layout = resolve(caller, shape, axis, x.length, "logits");
  const lanes = layout.outer * layout.inner;
  if (shape === undefined && lanes !== 1) {
    throw new RangeError(`${caller}: axis [] makes each logit a lane: pass { shape } to get an array`);
  }
  return {
    caller,
    x,
    layout,
    lanes,
    isOne: shape === undefined,
    filters,
    mask: readMask(caller, mask, x, layout),
    bias: readBias(caller, bias, layout.length),
  };
}

/** Without the temperature, which may be 0 here. */
function laneOptions({ shape, axis }: { readonly [name: string]: unknown }): object {
  return { shape, axis };
}
