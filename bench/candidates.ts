import {
  type FloatArray,
  type Instance,
  type OutOption,
  type SoftmaxOptions,
  softmax,
} from "../src/index.js";
import { againstLoop, residentAgainstStaged } from "./against.js";
import type { Candidates, Run } from "./measure.js";
import { naive, oneLiner } from "./naive.js";
import { createData, type Data, type Workload } from "./workload.js";

type Compute = (x: FloatArray, options: SoftmaxOptions & OutOption<FloatArray>) => number | FloatArray;

/** The library on each backend, then the loop. */
export function coreAgainstLoopAlone(workload: Workload, data = createData(workload)): Candidates {
  return againstLoop(
    (instance) => staged(instance, workload, data),
    () => naive[workload.operation](data.x, data.out, data.layout),
  );
}

/** The library on each backend, then what one has without it, then a copy of the same bytes as the floor. */
export function coreAgainstLoop(workload: Workload): Candidates {
  const data = createData(workload);
  return {
    ...coreAgainstLoopAlone(workload, data),
    ...(data.layout.inner === 1 && {
      "one-liner": () => oneLiner[workload.operation](data.x, data.out, data.layout),
    }),
    copy: copy(data.x),
  };
}

/** The same, on arrays that live in the backend's memory beside arrays that are copied in and out. */
export function coreResident(workload: Workload): Candidates {
  const data = createData(workload);
  return {
    ...residentAgainstStaged(
      (instance) => staged(instance, workload, data),
      (instance) => resident(instance, workload, data),
      () => naive[workload.operation](data.x, data.out, data.layout),
    ),
    copy: copy(data.x),
  };
}

/** Logits of 16 and 8 bits beside the same ones in a Float32Array, eighths that all of these hold, on the module's backend. */
export function packedAgainstFloats(workload: Workload): Candidates {
  const { x, out, layout } = createData(workload);
  const axis = axisOptions(workload);
  const bytes = Uint8Array.from(x, (logit) => Math.max(0, Math.min(8 * logit + 128, 255)));
  const floats = Float32Array.from(bytes, (byte) => (byte - 128) / 8);
  const bfloats = Uint16Array.from(new Uint32Array(floats.buffer), (word) => word >>> 16);
  // Without subnormals but 0, and below 32.
  const halves = bfloats.map((bits) =>
    bits & 0x7fff ? (bits & 0x8000) | (((bits & 0x7fff) - 0x3800) << 3) : 0,
  );
  const results = out as Float32Array;
  const bits = new Uint16Array(out.length);
  return {
    f32: () => softmax(floats, { ...axis, out: results }),
    "float16 → f32": () => softmax(halves, { ...axis, dtype: "float16", out: results }),
    "bfloat16 → f32": () => softmax(bfloats, { ...axis, dtype: "bfloat16", out: results }),
    "uint8 → f32": () => softmax(bytes, { ...axis, scale: 1 / 8, zeroPoint: 128, out: results }),
    naive: () => naive.softmax(floats, out, layout),
    float16: () => softmax(halves, { ...axis, dtype: "float16", out: bits }).length,
    bfloat16: () => softmax(bfloats, { ...axis, dtype: "bfloat16", out: bits }).length,
  };
}

function staged(instance: Instance, workload: Workload, { x, out }: Data): Run {
  const compute: Compute = instance[workload.operation];
  const options = { ...axisOptions(workload), out };
  return () => compute(x, options);
}

function resident(instance: Instance, workload: Workload, data: Data): Run {
  const compute: Compute = instance[workload.operation];
  const x = instance.allocate(workload.type, data.x.length);
  const out = instance.allocate(workload.type, data.out.length);
  x.view.set(data.x);
  const axis = axisOptions(workload);
  // Views are read for each call: the other candidates may make the memory grow.
  return () => compute(x.view, { ...axis, out: out.view });
}

/** A single vector needs no shape. */
function axisOptions({ shape, axis }: Workload): SoftmaxOptions {
  return shape.length === 1 ? {} : { shape, axis };
}

function copy(x: FloatArray): Run {
  const target = x.slice();
  return () => {
    target.set(x);
    return target;
  };
}
