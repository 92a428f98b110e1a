/// <reference types="vite/client" />
import entropy from "../../assembly/entropy.ts?raw";
import scale from "../../assembly/scale.ts?raw";
import shift from "../../assembly/shift.ts?raw";
import entropyJs from "../../src/backend/js/entropy.ts?raw";
import js from "../../src/backend/js/js.ts?raw";
import type { BackendName } from "../../src/types.js";
import type { CoreOperation } from "./backends.js";
import type { ElementType } from "./ulp.js";

/** The bounds stand in the sources, in lines such as "Bound: f32 relaxed 1.7 ulp, f64 relaxed 1.8 ulp". */
export function boundsIn(source: string): Map<string, number> {
  const line = /Bound: (.*)/.exec(source)?.[1] ?? "";
  const bounds = line.matchAll(/(f32|f64) (relaxed|simd|js) ([\d.]+) ulp/g);
  return new Map(Array.from(bounds, ([, type, backend, ulps]) => [`${type} ${backend}`, Number(ulps)]));
}

const SOFTMAX = new Map([...boundsIn(scale), ...boundsIn(js)]);
const LOGARITHMIC = new Map([...boundsIn(shift), ...boundsIn(js)]);
const ENTROPY = new Map([...boundsIn(entropyJs), ...boundsIn(entropy)]);

/**
 * The error bound in ulps. That of entropy is the larger one of the kernels and of the TypeScript path, which computes small calls.
 * Any temperature but 1 costs entropy up to one ulp more, and the others 0.2.
 */
export function bound(
  operation: CoreOperation | "entropy",
  type: ElementType,
  backend: BackendName,
  temperature = 1,
): number {
  const stated = { softmax: SOFTMAX, logSoftmax: LOGARITHMIC, logSumExp: LOGARITHMIC, entropy: ENTROPY }[
    operation
  ];
  const ulps = stated.get(`${type} ${backend}`);
  const small = operation === "entropy" ? stated.get(`${type} js`) : 0;
  if (ulps === undefined || small === undefined) {
    throw new Error(`no bound is stated for ${operation} of ${type}, ${backend}`);
  }
  const most = Math.max(ulps, small);
  if (temperature === 1) return most;
  if (operation === "entropy") return most + 1;
  return backend === "js" ? most : most + 0.2;
}

/** An input whose error comes near the bound, and what error it has. */
export interface Witness {
  readonly type: ElementType;
  /** Without it, every backend that runs the kernels. */
  readonly backend: BackendName | undefined;
  readonly ulps: number;
  readonly operation: CoreOperation | "entropy";
  readonly lane: readonly number[];
  readonly index: number;
}

const KERNELS = import.meta.glob<string>("../../assembly/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The kernels state them in lines such as "Witness: f32 simd 1.64 ulp, softmax([1.5, 2, 3])[1]". */
export function witnesses(): Witness[] {
  return Object.values(KERNELS).flatMap((source) =>
    Array.from(source.matchAll(/Witness: (.*)/g), ([, line]) => parseWitness(line)),
  );
}

function parseWitness(line: string): Witness {
  const parts =
    /^(f32|f64) (?:(relaxed|simd) )?([\d.]+) ulp, (softmax|logSoftmax|logSumExp|entropy)\((\[.+\])\)(?:\[(\d+)\])?$/.exec(
      line,
    );
  if (parts === null) throw new Error(`not a witness: ${line}`);
  const [, type, backend, ulps, operation, lane, index = "0"] = parts;
  return {
    type: type as ElementType,
    backend: backend as BackendName | undefined,
    ulps: Number(ulps),
    operation: operation as Witness["operation"],
    lane: JSON.parse(lane),
    index: Number(index),
  };
}
