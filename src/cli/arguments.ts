/** The arguments of `softmax-wasm score`: unknown → checked. */
import { existsSync, readFileSync } from "node:fs";
import type { Shard } from "../formats/arrays.js";
import { UsageError } from "../formats/errors.js";
import { OPERATIONS, type OperationName } from "../formats/format.js";
import type { NonFinite } from "../formats/jsonLinesWriter.js";
import { integer, namesOf, oneOf, parsed } from "./options.js";
import { FORMATS, type FormatName, READING, type ReadingArguments, readReading } from "./reading.js";
import { readShard } from "./shardArgument.js";

export interface ScoreArguments extends ReadingArguments {
  readonly inputs: readonly string[];
  readonly output: string | undefined;
  readonly operation: OperationName;
  readonly k: number;
  readonly temperature: number;
  readonly keep: readonly string[];
  /** A column, or a file. */
  readonly labels: string | undefined;
  readonly to: FormatName | undefined;
  readonly nonFinite: NonFinite;
  readonly shard: Shard | undefined;
  /** Undefined: as many as pay for the size of the input. */
  readonly threads: number | undefined;
  readonly backend: "auto" | "relaxed" | "simd" | "js";
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

export const SCORE_OPTIONS = {
  ...READING,
  output: { type: "string", short: "o" },
  op: { type: "string", default: "softmax" },
  k: { type: "string", short: "k", default: "5" },
  temperature: { type: "string", short: "t", default: "1" },
  keep: { type: "string", multiple: true },
  labels: { type: "string" },
  to: { type: "string" },
  "non-finite": { type: "string", default: "error" },
  shard: { type: "string" },
  threads: { type: "string" },
  backend: { type: "string" },
  force: { type: "boolean", short: "f", default: false },
  json: { type: "boolean", default: false },
  quiet: { type: "boolean", short: "q", default: false },
} as const;

const BACKENDS = ["auto", "relaxed", "simd", "js"] as const;

export function readScoreArguments(args: readonly string[]): ScoreArguments {
  const { values, positionals } = parsed(args, SCORE_OPTIONS);
  if (positionals.length === 0) {
    throw new UsageError("score needs an INPUT: a file, or - for standard input");
  }
  if (positionals.length > 1 && positionals.includes("-")) {
    throw new UsageError("standard input (-) can be the only input");
  }
  return {
    ...readReading(values),
    inputs: positionals,
    output: values.output === "-" ? undefined : values.output,
    operation: oneOf("op", values.op, OPERATIONS),
    k: integer("k", values.k, 1),
    temperature: temperatureOf(values.temperature),
    keep: namesOf(values.keep) ?? [],
    labels: values.labels,
    to: values.to === undefined ? undefined : oneOf("to", values.to, FORMATS),
    nonFinite: oneOf("non-finite", values["non-finite"], ["error", "null", "literal"]),
    shard: values.shard === undefined ? undefined : readShard(values.shard),
    threads: values.threads === undefined ? undefined : integer("threads", values.threads, 1, 64),
    // Parts are computed on several machines, whose relaxed multiply-adds may differ.
    backend: oneOf("backend", values.backend ?? (values.shard === undefined ? "auto" : "simd"), BACKENDS),
    force: values.force,
    json: values.json,
    quiet: values.quiet,
  };
}

function temperatureOf(text: string): number {
  if (text.startsWith("@")) return temperatureFrom(text.slice(1));
  const value = Number(text);
  if (text.trim() !== "" && value >= 1e-30 && value <= 1e30) return value;
  const advice = existsSync(text) ? `: of a file that calibrate has written it is @${text}` : "";
  throw new UsageError(`--temperature must be a number from 1e-30 to 1e30, got ${text}${advice}`);
}

/** The temperature in a file that `calibrate -o` has written. */
function temperatureFrom(path: string): number {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`--temperature @${path}: ${(error as Error).message}`, { cause: error });
  }
  let temperature: unknown;
  try {
    ({ temperature } = JSON.parse(text));
  } catch {
    // Said below.
  }
  if (typeof temperature === "number" && temperature >= 1e-30 && temperature <= 1e30) return temperature;
  throw new UsageError(`--temperature @${path}: it must hold what "softmax-wasm calibrate -o" writes`);
}
