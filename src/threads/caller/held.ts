import type { LinearMemory } from "../../backend/wasm/memory.js";
import { typedArrayName } from "../../describe.js";
import type { Hold } from "../../functions/instance.js";

type Name = Parameters<Hold>[0];

/** What the errors of functions call their arrays. Default: x. */
const PARAMETERS: { readonly [name in Name]?: readonly string[] } = {
  candidates: ["logits"],
  sample: ["logits"],
  entropy: ["logits"],
  topK: ["x", "k"],
  penalize: ["logits", "tokens"],
  logAddExp: ["a", "b"],
  logDiffExp: ["a", "b"],
  logit: ["p"],
  softmaxVjp: ["p", "dy"],
  logSoftmaxVjp: ["logp", "dy"],
  logSumExpVjp: ["x", "dy"],
  crossEntropy: ["logits", "labels"],
  crossEntropyGrad: ["logits", "labels"],
  fitTemperature: ["logits", "labels"],
  calibration: ["logits", "labels"],
  alr: ["p"],
  alrInverse: ["y"],
  clr: ["p"],
  clrInverse: ["z"],
};

export interface HeldArray {
  readonly name: string;
  readonly array: Float32Array;
  readonly length: number;
}

/**
 * Watches over the arrays of a call until it ends: meanwhile resident ones cannot be freed. A call of which one has been
 * detached, or has changed its length, rejects with a TypeError that names it. Without threads nothing is ever pending.
 */
export function holdIn(memory: LinearMemory): Hold {
  return (name, args, result) => held(memory, name, args, result);
}

async function held(
  memory: LinearMemory,
  name: Name,
  args: readonly unknown[],
  result: Promise<unknown>,
): Promise<unknown> {
  const arrays = arraysOf(name, args);
  const release = memory.hold(arrays.map(({ array }) => array));
  try {
    const value = await result;
    checkHeld(name, arrays);
    return value;
  } catch (error) {
    // The reason of most other errors, where there is one.
    checkHeld(name, arrays, error);
    throw error;
  } finally {
    release();
  }
}

function checkHeld(caller: Name, arrays: readonly HeldArray[], cause?: unknown): void {
  for (const { name, array, length } of arrays) {
    if (array.length === length) continue;
    throw new TypeError(
      `${caller}: ${name} was detached, or changed its length, while the call was pending`,
      {
        cause,
      },
    );
  }
}

/** The typed arrays among the arguments and the options. */
export function arraysOf(name: Name, args: readonly unknown[]): HeldArray[] {
  const arrays: HeldArray[] = [];
  const add = (what: string, value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (typedArrayName(value) !== undefined) {
      const array = value as Float32Array;
      arrays.push({ name: what, array, length: array.length });
    } else if (!Array.isArray(value)) {
      // Not by reading: the call has done that, and a getter may give something else each time.
      for (const [key, { value: option }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
        add(what === "" ? key : `${what}.${key}`, option);
      }
    }
  };
  const { [name]: names = ["x"] } = PARAMETERS;
  for (const [k, value] of args.slice(0, names.length + 1).entries()) add(names[k] ?? "", value);
  return arrays;
}
