import { describe } from "../describe.js";
import { readScale } from "./options.js";

/** Which tokens may be drawn, and at which temperature. Each filter has a value at which it is off. */
export interface Filters {
  /** 0 takes the largest logit alone. */
  readonly temperature: number;
  /** Off at Infinity. */
  readonly topNSigma: number;
  /** Off at 0. */
  readonly topK: number;
  /** Off at 1. */
  readonly topP: number;
  /** Off at 0. */
  readonly minP: number;
  /** Off at 1. */
  readonly typicalP: number;
  readonly minTokensToKeep: number;
}

export const FILTERS: readonly string[] = [
  "temperature",
  "topK",
  "topP",
  "minP",
  "typicalP",
  "topNSigma",
  "minTokensToKeep",
];

type Given = { readonly [K in keyof Filters]?: unknown };

/** Reads each option once. */
export function readFilters(caller: string, options: object): Filters {
  const {
    temperature = 1,
    topNSigma = Number.POSITIVE_INFINITY,
    topK = 0,
    topP = 1,
    minP = 0,
    typicalP = 1,
    minTokensToKeep = 1,
  } = options as Given;
  return {
    temperature: readTemperature(caller, temperature),
    topNSigma: readPositive(caller, "topNSigma", topNSigma),
    topK: readCount(caller, "topK", topK, 0),
    topP: readProbability(caller, "topP", topP),
    minP: readProbability(caller, "minP", minP),
    typicalP: readProbability(caller, "typicalP", typicalP),
    minTokensToKeep: readCount(caller, "minTokensToKeep", minTokensToKeep, 1),
  };
}

/** As elsewhere, or 0. */
function readTemperature(caller: string, temperature: unknown): number {
  if (temperature === 0) return 0;
  if (typeof temperature === "number" && !(temperature >= 1e-30 && temperature <= 1e30)) {
    throw new RangeError(`${caller}: temperature must be 0 or between 1e-30 and 1e30, got ${temperature}`);
  }
  return readScale(caller, "temperature", temperature);
}

/** An integer from `least` on. */
export function readCount(caller: string, name: string, value: unknown, least: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`${caller}: ${name} must be a number, got ${describe(value)}`);
  }
  if (Number.isSafeInteger(value) && value >= least) return value;
  const kind = least === 0 ? "a non-negative" : "a positive";
  throw new RangeError(`${caller}: ${name} must be ${kind} integer, got ${value}`);
}

function readProbability(caller: string, name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(`${caller}: ${name} must be a number, got ${describe(value)}`);
  }
  if (value >= 0 && value <= 1) return value;
  throw new RangeError(`${caller}: ${name} must be between 0 and 1, got ${value}`);
}

function readPositive(caller: string, name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(`${caller}: ${name} must be a number, got ${describe(value)}`);
  }
  if (value > 0) return value;
  throw new RangeError(`${caller}: ${name} must be above 0, got ${value}`);
}
