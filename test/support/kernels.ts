import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import * as abi from "../../assembly/abi.js";

/** The ABI of assembly/index.ts. */
export interface Exports extends Record<string, unknown> {
  frameBytes(): number;
  runF32(...numbers: number[]): void;
  runF64(...numbers: number[]): void;
  longChunks(length: number, inner: number): number;
  longChunkLength(length: number, inner: number): number;
  longPieceLength(length: number, inner: number): number;
  longPhases(code: number): number;
  longBytes(): number;
  longF32(...numbers: number[]): void;
  longF64(...numbers: number[]): void;
  mapF32(...numbers: number[]): void;
  mapF64(...numbers: number[]): void;
  fillF32(at: number, mask: number, count: number, value: number): void;
  fillF64(at: number, mask: number, count: number, value: number): void;
  mendF32(...numbers: number[]): void;
  mendF64(...numbers: number[]): void;
}

export interface Host {
  readonly kernels: Exports;
  readonly memory: WebAssembly.Memory;
}

export const PAGE = 65536;
/** Above the static data of the debug build, its messages. */
export const FRAME = PAGE;

export const binary = (name: string) => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));

/** The debug build: a failed assertion is thrown as `abort: message at file:line`. */
export function debugHost(pages: number): Host {
  const memory = new WebAssembly.Memory({ initial: pages });
  return { kernels: instantiateSync<Exports>(binary("debug"), { env: { memory } }).exports, memory };
}

export function releaseHost(name: "relaxed" | "simd", pages: number): Host {
  const memory = new WebAssembly.Memory({ initial: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary(name)), { env: { memory } });
  return { kernels: instance.exports as unknown as Exports, memory };
}

const BITS = [
  "PROBABILITIES",
  "LOGARITHM",
  "OTHER",
  "PER_LANE",
  "LOGITS_ALONE",
  "SKIPS_ZERO",
  "ELEMENTWISE",
  "OWN_PASSES",
  "NUMBERS",
  "PARTS",
];

/** The operations of the ABI, and what the bits of their codes say. */
const CODES = Object.entries(abi)
  .filter(([name]) => !BITS.includes(name))
  .map(([name, code]) => ({
    name,
    code,
    /** Whether there is a second operand. */
    other: (code & abi.OTHER) !== 0,
    /** Whether a lane gives one result instead of one per element. */
    perLane: (code & abi.PER_LANE) !== 0,
    /** How many f64 come with a lane. */
    numbers: (code / abi.NUMBERS) & 3,
    /** How many f64 are the result of a lane; 0 where results are of the element type. */
    parts: (code / abi.PARTS) & 7,
  }));

/** Those on lanes. */
export const OPERATIONS = CODES.filter(({ code }) => !(code & abi.ELEMENTWISE));
/** Those on single elements. */
export const MAPS = CODES.filter(({ code }) => code & abi.ELEMENTWISE);
