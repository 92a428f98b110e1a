import { createSoftmax } from "softmax-wasm";
import { createPool } from "softmax-wasm/threads";
import type { Entrant, Task, Way } from "./entrant.js";

/**
 * Where this module is: a worker that imports it shares the package with the page, which has loaded it already. So only the
 * package may be imported here: other modules of the page need a document.
 */
export const script = import.meta.url;

const backends = (["relaxed", "simd", "js"] as const).map(
  (backend): Entrant => ({
    name: `softmax-wasm ${backend}`,
    of: "package",
    includes: "into an array that is kept",
    make: (task) => onArrays(created(backend), task),
  }),
);

const pool: Entrant = {
  name: `softmax-wasm pool of ${navigator.hardwareConcurrency}`,
  of: "package",
  includes: "arrays in shared memory; a promise",
  async make({ shape, x }) {
    if (!crossOriginIsolated) throw new Error("this page is not cross-origin isolated");
    const threads = await createPool({ threads: navigator.hardwareConcurrency });
    if (threads.threads === 0) throw new Error("no thread could be started here");
    const [logits, out] = [threads.allocate("f32", x.length), threads.allocate("f32", x.length)];
    logits.view.set(x);
    const run = () => threads.softmax(logits.view, { shape, out: out.view });
    return { run, read: run };
  },
};

export const own: readonly Entrant[] = [...backends, pool];

/** Without what the engine has to say of a binary that it refuses. */
function created(backend: "relaxed" | "simd" | "js") {
  try {
    return createSoftmax({ backend });
  } catch {
    throw new Error("this engine refuses its kernels");
  }
}

function onArrays({ softmax }: ReturnType<typeof createSoftmax>, { shape, x }: Task): Way {
  const out = new Float32Array(x.length);
  const run = () => softmax(x, { shape, out });
  return { run, read: run };
}
