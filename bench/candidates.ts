import type { FloatArray, Instance, OutOption, SoftmaxOptions } from "../src/index.js";
import { againstLoop, residentAgainstStaged } from "./against.js";
import type { Candidates, Run } from "./measure.js";
import { naive, oneLiner } from "./naive.js";
import { createData, type Data, type Workload } from "./workload.js";

type Compute = (x: FloatArray, options: SoftmaxOptions & OutOption<FloatArray>) => number | FloatArray;

/** The library on each backend, then what one has without it, then a copy of the same bytes as the floor. */
export function coreAgainstLoop(workload: Workload): Candidates {
  const data = createData(workload);
  return {
    ...againstLoop(
      (instance) => staged(instance, workload, data),
      () => naive[workload.operation](data.x, data.out, data.layout),
    ),
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
