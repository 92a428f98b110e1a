import type { BackendName } from "../src/index.js";
import { createSoftmax, type Instance } from "../src/index.js";
import type { Candidates, Run } from "./measure.js";

const names: readonly BackendName[] = ["relaxed", "simd", "js"];

let instances: Instance[] | undefined;

/** Every backend that this engine runs, the fastest first, each with its own memory. */
export function backends(): Instance[] {
  instances ??= names.flatMap((backend) => {
    try {
      return [createSoftmax({ backend })];
    } catch {
      return [];
    }
  });
  return instances;
}

/** The library on each backend, then what one has without it. */
export function againstLoop(library: (instance: Instance) => Run, naive: Run): Candidates {
  return { ...onEach(backends(), "", library), naive };
}

/** On arrays that are copied in and out, then on arrays that live in the backend's memory. */
export function residentAgainstStaged(
  staged: (instance: Instance) => Run,
  resident: (instance: Instance) => Run,
  naive: Run,
): Candidates {
  const compiled = backends().filter(({ backend }) => backend !== "js");
  return { ...onEach(compiled, "", staged), ...onEach(compiled, " resident", resident), naive };
}

function onEach(some: readonly Instance[], suffix: string, library: (instance: Instance) => Run): Candidates {
  return Object.fromEntries(some.map((instance) => [instance.backend + suffix, library(instance)]));
}
