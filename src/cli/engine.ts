/** Computes batches: on the threads of a pool, or here with one thread. */
import { availableParallelism } from "node:os";

import type { Buffer, Buffers } from "../formats/buffers.js";
import type { Batch, ComputeType, Results } from "../formats/format.js";
import { createSoftmax } from "../index.js";
import { createPool } from "../threads/index.js";
import type { FloatArray, Resident } from "../types.js";
import type { ScoreArguments } from "./arguments.js";

/** Batches on their way at the same time: one is read, one is computed, one is written. */
const SLOTS = 3;

export interface Engine extends Buffers {
  readonly backend: string;
  readonly threads: number;
  readonly functions: Functions;
  compute(batch: Batch): Promise<Results>;
  /** Rejects whoever waits for memory: nobody is going to give any back. */
  fail(error: unknown): void;
  close(): Promise<void>;
}

type Functions = Awaited<ReturnType<typeof createPool>> | ReturnType<typeof createSoftmax>;

/**
 * A core reads and writes: of 1 GB of rows it takes longer than the sums do, so that on two cores a second thread gains nothing
 * (1.7 s with one, 1.9 s with two). Smaller inputs are scored before the workers of a pool have started (100 ms).
 */
const WORTH_THREADS = 32 * 2 ** 20;

/** `bytes` is the size of all inputs, Infinity if it is not known. */
export async function startEngine(settings: ScoreArguments, bytes: number): Promise<Engine> {
  const { backend } = settings;
  const threads = settings.threads ?? (bytes < WORTH_THREADS ? 1 : Math.max(1, availableParallelism() - 1));
  if (threads === 1) return engineOf(createSoftmax({ backend }), settings, ordinary, async () => {});
  const pool = await startPool(threads, backend);
  if (pool.threads === 0) return engineOf(pool, settings, ordinary, () => pool.close());
  const allocate = (type: ComputeType, length: number) =>
    pool.allocate(type === "float64" ? "f64" : "f32", length);
  return engineOf(pool, settings, allocate, () => pool.close());
}

/** A pool whose workers run the file beside this one. */
export function startPool(
  threads: number,
  backend?: ScoreArguments["backend"],
): ReturnType<typeof createPool> {
  return createPool({ threads, backend, worker: new URL("./worker.js", import.meta.url) });
}

/** Arrays that are not resident: without shared memory, resident ones would be detached whenever the memory grows. */
function ordinary(type: ComputeType, length: number): ReturnType<Allocate> {
  return {
    view: type === "float64" ? new Float64Array(length) : new Float32Array(length),
    free() {},
  };
}

function engineOf(
  functions: Functions,
  settings: ScoreArguments,
  allocate: Allocate,
  close: () => Promise<void>,
): Engine {
  const slots = new Slots(allocate);
  return {
    backend: functions.backend,
    threads: "threads" in functions ? functions.threads : 1,
    functions,
    take: (type, elements) => slots.take(type, elements),
    compute: (batch) => computeBatch(functions, settings, batch),
    fail: (error) => slots.fail(error),
    close,
  };
}

async function computeBatch(
  functions: Functions,
  { operation, temperature, k }: ScoreArguments,
  batch: Batch,
): Promise<Results> {
  const { values, outer, length, inner, mask } = batch;
  const shape = [outer, length, inner];
  const lanes = { shape, axis: 1, mask };
  switch (operation) {
    case "softmax":
      return { batch, values: await functions.softmax(values, { ...lanes, temperature, out: values }) };
    case "log-softmax":
      return { batch, values: await functions.logSoftmax(values, { ...lanes, temperature, out: values }) };
    case "log-sum-exp":
      return { batch, values: await functions.logSumExp(values, { ...lanes, temperature }) };
    case "entropy":
      return { batch, values: await functions.entropy(values, { ...lanes, temperature }) };
    case "argmax":
      return { batch, values: await functions.argmax(values, lanes) };
    case "top-k": {
      const top = await functions.topK(values, Math.min(k, length), lanes);
      return { batch, ...top };
    }
  }
}

type Allocate = (type: ComputeType, length: number) => Pick<Resident, "view" | "free">;

interface Slot {
  readonly type: ComputeType;
  readonly resident: Pick<Resident, "view" | "free">;
  readonly length: number;
  isTaken: boolean;
}

/** A few resident arrays that go round. */
class Slots implements Buffers {
  private readonly slots: Slot[] = [];
  private readonly waiting: { run(): void; reject(error: unknown): void }[] = [];
  private failure: { readonly error: unknown } | undefined;

  constructor(private readonly allocate: Allocate) {}

  async take(type: ComputeType, elements: number): Promise<Buffer> {
    for (;;) {
      if (this.failure) throw this.failure.error;
      const slot = this.find(type, elements);
      if (slot !== undefined) {
        slot.isTaken = true;
        const values = slot.resident.view.subarray(0, elements) as FloatArray;
        let isHeld = true;
        return {
          values,
          release: () => {
            if (!isHeld) return;
            isHeld = false;
            slot.isTaken = false;
            this.waiting.shift()?.run();
          },
        };
      }
      await new Promise<void>((resolve, reject) => this.waiting.push({ run: resolve, reject }));
    }
  }

  fail(error: unknown): void {
    this.failure = { error };
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }

  private find(type: ComputeType, elements: number): Slot | undefined {
    const free = this.slots.find((slot) => !slot.isTaken && slot.type === type && slot.length >= elements);
    if (free !== undefined) return free;
    if (this.slots.length === SLOTS) {
      const small = this.slots.findIndex((slot) => !slot.isTaken);
      if (small < 0) return undefined;
      this.slots[small].resident.free();
      this.slots.splice(small, 1);
    }
    const slot = {
      type,
      resident: this.allocate(type, Math.max(1, elements)),
      length: elements,
      isTaken: false,
    };
    this.slots.push(slot);
    return slot;
  }
}
