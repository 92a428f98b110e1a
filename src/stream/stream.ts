import { settled } from "../arguments/arrays.js";
import { type Mask, readMask } from "../arguments/mask.js";
import { checkNames } from "../arguments/optionNames.js";
import { readScale } from "../arguments/options.js";
import { describe } from "../describe.js";
import { isStoredType, type NewArrays } from "../dtype.js";
import { entropy } from "../functions/entropy.js";
import { logSumExp } from "../functions/logSumExp.js";
import { logSoftmax, softmax } from "../functions/softmax.js";
import type { FloatArray, HalfArray, NewUint8Array, StoredArray, StoredType } from "../types.js";
import { Batches } from "./batches.js";
import { iterable } from "./iterator.js";

/** The functions that a stream can apply. */
export type StreamOperation = "softmax" | "logSoftmax" | "logSumExp" | "entropy";

/**
 * What computes the batches of a stream: a pool of softmax-wasm/threads, or an instance from createSoftmax. It needs only
 * the function that the stream applies.
 */
export type StreamPool = {
  readonly [Name in StreamOperation]?:
    | ((x: FloatArray, options: StreamCall) => FloatArray | PromiseLike<FloatArray>)
    | undefined;
};

/** The options of a call for a batch; `out` is the batch itself where the results are as many. */
export interface StreamCall {
  shape: number[];
  temperature: number;
  mask?: Uint8Array;
  out?: FloatArray;
  /** For half floats: then x and out are their bits in a Uint16Array. */
  dtype?: "float16" | "bfloat16";
}

/** What the chunks of results are: arrays of the element type, or their bytes. */
export type StreamOutput = "numbers" | "bytes";

export interface SoftmaxStreamOptions<
  T extends StoredType = StoredType,
  O extends StreamOutput = StreamOutput,
> {
  /** The elements of a row. */
  length: number;
  /** The function to apply. "logSumExp" and "entropy" give one value per row. Default: "softmax". */
  op?: StreamOperation | undefined;
  /**
   * The element type of the input and of the results. Half floats, "f16" and "bf16", are bits in a Uint16Array. Default: "f32".
   */
  type?: T | undefined;
  /**
   * The rows of a chunk of results. The last chunk may have fewer. Results wait until that many rows have arrived: take 1
   * for rows that trickle in. Default: as many as have 262,144 elements, at least 1.
   */
  rows?: number | undefined;
  /** Bytes to drop at the beginning of the input: the length of a header. Default: 0. */
  skip?: number | undefined;
  /**
   * What the chunks of results are. "numbers": a Float32Array, Float64Array or Uint16Array, by the type. "bytes": a Uint8Array of the same
   * memory, as `new Response(stream)` and files take it. Default: "numbers".
   */
  output?: O | undefined;
  /** As for softmax. */
  temperature?: number | undefined;
  /** Leaves out the elements where it is 0, in every row. As long as a row. */
  mask?: Mask | undefined;
  /** Computes the batches, while the next one is filled. Default: the module's functions. */
  pool?: StreamPool | undefined;
}

/** Numbers, or bytes of them: little-endian, cut anywhere. */
export type StreamChunk<T extends StoredType = StoredType> =
  | { f32: Float32Array; f64: Float64Array; f16: HalfArray | Uint16Array; bf16: Uint16Array }[T]
  | Uint8Array
  | ArrayBuffer
  | SharedArrayBuffer
  | DataView;

/** TransformStream, where the user's TypeScript libraries declare it: es2022 without dom does not. */
declare const Transform: typeof globalThis extends { TransformStream: infer Constructor }
  ? Constructor
  : new <In, Out>() => { readonly readable: object; readonly writable: object; readonly types?: [In, Out] };

type TransformOf<In, Out> = InstanceType<typeof Transform<In, Out>>;

/** A chunk of results. */
export type StreamResult<
  T extends StoredType = StoredType,
  O extends StreamOutput = "numbers",
> = O extends "bytes" ? NewUint8Array : NewArrays[T];

/** `for await` reads the readable end in any engine, also where no other stream has an async iterator. */
export type SoftmaxStream<
  T extends StoredType = StoredType,
  O extends StreamOutput = "numbers",
> = TransformOf<StreamChunk<T>, StreamResult<T, O>> & {
  readonly readable: AsyncIterable<StreamResult<T, O>>;
};

const NAME = "softmaxStream";
const OPTIONS = ["length", "op", "type", "rows", "skip", "output", "temperature", "mask", "pool"];
const BATCH_ELEMENTS = 262144;

/** Batches under way: one is filled while another is computed. */
const IN_WORK = 2;

const functions: StreamPool = { softmax, logSoftmax, logSumExp, entropy };

/**
 * The two ends of a stream from logits, in chunks cut anywhere, to scored rows: for `logits.pipeThrough`.
 *
 * Returns `{ readable, writable }`. A chunk of results is a new array of whole rows, bit for bit what the function returns
 * for each of these rows.
 *
 * Reads no more than one chunk, and computes nothing, before results are asked for, and then works at most two batches
 * ahead. It takes the memory of three batches and one chunk of the input, whatever the length of these and of the stream.
 * Bytes are read in the order of the host, which is little-endian wherever the kernels run.
 *
 * Results come before a later error: that of the input or of the computation, a TypeError for a chunk of another kind, or a
 * RangeError where the input ends within a row or before all of `skip` has come, whose message says how much is missing. An
 * error ends the input too.
 *
 * A file of Node, in TypeScript with the DOM's types beside Node's: `(Readable.toWeb(file) as ReadableStream).pipeThrough(…)`.
 * Their two types of one class are at odds.
 *
 * @example
 * const stream = new Blob([new Float32Array(4)]).stream().pipeThrough(softmaxStream({ length: 2 }));
 * (await stream.getReader().read()).value; // [0.5, 0.5, 0.5, 0.5]
 *
 * @throws TypeError, RangeError for an option of the wrong type or out of range, or rows that there is no memory for.
 * @throws Error for a pool that is closed.
 */
export function softmaxStream<T extends StoredType = "f32", O extends StreamOutput = "numbers">(
  options: SoftmaxStreamOptions<T, O>,
): SoftmaxStream<T, O> {
  const { length, rows, type, skip, compute } = readStreamOptions(options);
  // A transformer could not wait for its results to be read: not within a long chunk, nor at the end before it fails,
  // which discards them. So this one only hands the input over, chunk by chunk, and results are pulled.
  if (typeof TransformStream === "undefined") throw new Error(`${NAME}: this host has no TransformStream`);
  const { readable: input, writable } = new TransformStream<unknown, unknown>();
  const batches = new Batches(NAME, input.getReader(), length, rows, type, skip);
  const results: Promise<Result | undefined>[] = [];
  let lastFilled: Promise<unknown> = Promise.resolve();

  /** The results of the next batch, which is filled after the one before; undefined after the last. */
  function next(): Promise<Result | undefined> {
    const filled = lastFilled.then(() => batches.next());
    lastFilled = filled;
    const computed = filled.then((batch) => batch && compute(batch));
    computed.catch(() => {}); // It is thrown below, when its turn comes.
    return computed;
  }

  const readable = new ReadableStream<Result>(
    {
      async pull(controller) {
        while (results.length < IN_WORK) results.push(next());
        try {
          const result = await results.shift();
          if (result === undefined) controller.close();
          else controller.enqueue(result);
        } catch (error) {
          batches.cancel(error).catch(() => {}); // Rejects if it is an error of the input.
          throw error;
        }
      },
      cancel: (reason) => batches.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { readable: iterable(readable), writable } as unknown as SoftmaxStream<T, O>;
}

type Result = StoredArray | Uint8Array;

interface Settings {
  readonly length: number;
  readonly rows: number;
  readonly type: StoredType;
  readonly skip: number;
  readonly compute: (batch: StoredArray) => Promise<Result>;
}

function readStreamOptions(options: unknown): Settings {
  checkNames(NAME, options, OPTIONS);
  const given = options as { [K in keyof SoftmaxStreamOptions]?: unknown };
  const temperature = readScale(NAME, "temperature", given.temperature === undefined ? 1 : given.temperature);
  const { op = "softmax", type = "f32", output = "numbers", mask: givenMask, pool = functions } = given;
  const length = readCount("length", given.length, 1);
  const rows = readCount("rows", given.rows ?? Math.max(1, Math.floor(BATCH_ELEMENTS / length)), 1);
  const skip = readCount("skip", given.skip ?? 0, 0);
  if (!isStreamOperation(op)) {
    const message = `${NAME}: op must be "softmax", "logSoftmax", "logSumExp" or "entropy", got ${describe(op)}`;
    throw typeof op === "string" ? new RangeError(message) : new TypeError(message);
  }
  if (!isStoredType(type)) {
    const message = `${NAME}: type must be "f32", "f64", "f16" or "bf16", got ${describe(type)}`;
    throw typeof type === "string" ? new RangeError(message) : new TypeError(message);
  }
  if (output !== "numbers" && output !== "bytes") {
    const message = `${NAME}: output must be "numbers" or "bytes", got ${describe(output)}`;
    throw typeof output === "string" ? new RangeError(message) : new TypeError(message);
  }
  const run = (pool as Partial<StreamPool> | null)?.[op];
  if (typeof run !== "function") {
    throw new TypeError(`${NAME}: pool must have a function ${op}, got ${describe(pool)}`);
  }
  // Of a pool that is closed it throws here, and not only at the first batch.
  (pool as { readonly sync?: StreamPool }).sync?.[op]?.(new Float32Array(0), {
    shape: [0, length],
    temperature,
  });
  const mask = readRowMask(givenMask, length);
  const dtype = type === "f16" ? "float16" : type === "bf16" ? "bfloat16" : undefined;
  const compute = async (batch: StoredArray) => {
    // Typed as it mostly is: a pool of our own takes half floats with dtype.
    const x = batch as FloatArray;
    const call: StreamCall = { shape: [x.length / length, length], temperature };
    if (mask !== undefined) call.mask = mask;
    if (dtype !== undefined) call.dtype = dtype;
    if (op === "softmax" || op === "logSoftmax") call.out = x;
    const result: unknown = await run.call(pool, x, call);
    if (!ArrayBuffer.isView(result)) {
      throw new TypeError(`${NAME}: pool.${op} must give an array, got ${describe(result)}`);
    }
    if (output === "numbers") return result as FloatArray;
    return new Uint8Array(result.buffer, result.byteOffset, result.byteLength);
  };
  return { length, rows, type, skip, compute };
}

function isStreamOperation(op: unknown): op is StreamOperation {
  return typeof op === "string" && Object.hasOwn(functions, op);
}

function readCount(name: string, value: unknown, least: 0 | 1): number {
  if (typeof value !== "number") {
    throw new TypeError(`${NAME}: ${name} must be a number, got ${describe(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    const kind = least === 1 ? "positive" : "non-negative";
    throw new RangeError(`${NAME}: ${name} must be a ${kind} integer, got ${value}`);
  }
  return value;
}

/** A copy of the mask, as the stream outlives the call. */
function readRowMask(mask: unknown, length: number): Uint8Array | undefined {
  const row = { length };
  return readMask(NAME, settled(mask), row, row, "as a row is")?.slice();
}
