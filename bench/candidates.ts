import type { BackendName, FloatArray } from "../src/backend/backend.js";
import { createSoftmax, type Instance, type SoftmaxOptions } from "../src/index.js";
import type { Candidates } from "./measure.js";
import { loop, oneLiner } from "./plain.js";
import { createData, type Data, type Workload } from "./workload.js";

const names: readonly BackendName[] = ["relaxed", "simd", "js"];

type Compute = (x: FloatArray, options: SoftmaxOptions) => unknown;

let instances: Instance[] | undefined;

/** Every backend that this engine runs, each with its own memory. */
function backends(): Instance[] {
  instances ??= names.flatMap((backend) => {
    try {
      return [createSoftmax({ backend })];
    } catch {
      return [];
    }
  });
  return instances;
}

/** The library on each backend, then what one has without it, then a copy of the same bytes as the floor. */
export function againstPlainCode(workload: Workload): Candidates {
  const data = createData(workload);
  return {
    ...Object.fromEntries(backends().map((instance) => [instance.backend, staged(instance, workload, data)])),
    loop: () => loop[workload.operation](data.x, data.out, data.layout),
    ...(data.layout.inner === 1 && {
      "one-liner": () => oneLiner[workload.operation](data.x, data.out, data.layout),
    }),
    copy: copy(data.x),
  };
}

/** The same, on arrays that live in the backend's memory beside arrays that are copied in and out. */
export function residentAgainstStaged(workload: Workload): Candidates {
  const data = createData(workload);
  const compiled = backends().filter(({ backend }) => backend !== "js");
  return {
    ...Object.fromEntries(compiled.map((instance) => [instance.backend, staged(instance, workload, data)])),
    ...Object.fromEntries(
      compiled.map((instance) => [`${instance.backend} resident`, resident(instance, workload, data)]),
    ),
    loop: () => loop[workload.operation](data.x, data.out, data.layout),
    copy: copy(data.x),
  };
}

function staged(instance: Instance, workload: Workload, { x, out }: Data): () => unknown {
  const compute: Compute = instance[workload.operation];
  const options = { ...axisOptions(workload), out };
  return () => compute(x, options);
}

function resident(instance: Instance, workload: Workload, data: Data): () => unknown {
  const compute: Compute = instance[workload.operation];
  const x = instance.allocate(workload.type, data.x.length);
  const out = instance.allocate(workload.type, data.out.length);
  x.view.set(data.x);
  const axis = axisOptions(workload);
  // Views are read anew for each call: the other candidates may make the memory grow.
  return () => compute(x.view, { ...axis, out: out.view });
}

/** A single vector needs no shape. */
function axisOptions({ shape, axis }: Workload): SoftmaxOptions {
  return shape.length === 1 ? {} : { shape, axis };
}

function copy(x: FloatArray): () => unknown {
  const target = x.slice();
  return () => target.set(x);
}
