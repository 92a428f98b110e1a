/** The arguments of the command: unknown → checked. Every message about them lives here. */
import { readFileSync } from "node:fs";
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Shard } from "../formats/arrays.js";
import { fileType } from "../formats/elements.js";
import { UsageError } from "../formats/errors.js";
import { type FileType, OPERATIONS, type OperationName } from "../formats/format.js";
import type { NonFinite } from "../formats/jsonLinesWriter.js";
import type { Nulls } from "../formats/rows.js";
import { readShard } from "./shardArgument.js";

export const FORMATS = ["npy", "raw", "csv", "tsv", "jsonl", "parquet", "arrow", "arrows"] as const;
export type FormatName = (typeof FORMATS)[number];

export interface ScoreArguments {
  readonly inputs: readonly string[];
  readonly output: string | undefined;
  readonly operation: OperationName;
  readonly k: number;
  readonly temperature: number;
  readonly axis: number | undefined;
  readonly columns: readonly string[] | undefined;
  readonly keep: readonly string[];
  readonly format: FormatName | undefined;
  readonly to: FormatName | undefined;
  readonly dtype: FileType | undefined;
  readonly length: number | undefined;
  readonly isBigEndian: boolean;
  readonly field: string | undefined;
  readonly nulls: Nulls;
  readonly nonFinite: NonFinite;
  readonly hasHeader: boolean;
  readonly shard: Shard | undefined;
  /** Undefined: as many as pay for the size of the input. */
  readonly threads: number | undefined;
  readonly backend: "auto" | "relaxed" | "simd" | "js";
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

const OPTIONS = {
  output: { type: "string", short: "o" },
  op: { type: "string", default: "softmax" },
  k: { type: "string", short: "k", default: "5" },
  temperature: { type: "string", short: "t", default: "1" },
  axis: { type: "string" },
  columns: { type: "string", multiple: true },
  keep: { type: "string", multiple: true },
  format: { type: "string" },
  to: { type: "string" },
  dtype: { type: "string" },
  length: { type: "string" },
  "big-endian": { type: "boolean", default: false },
  field: { type: "string" },
  null: { type: "string", default: "error" },
  "non-finite": { type: "string", default: "error" },
  "no-header": { type: "boolean", default: false },
  shard: { type: "string" },
  threads: { type: "string" },
  backend: { type: "string" },
  force: { type: "boolean", short: "f", default: false },
  json: { type: "boolean", default: false },
  quiet: { type: "boolean", short: "q", default: false },
} as const;

const BACKENDS = ["auto", "relaxed", "simd", "js"] as const;

/** What people from other tools write. */
const OTHER_WORDS: { readonly [name: string]: string } = {
  out: "output",
  input: "a plain argument",
  operation: "op",
  temp: "temperature",
  dim: "axis",
  type: "dtype",
  workers: "threads",
  jobs: "threads",
  overwrite: "force",
  yes: "force",
  silent: "quiet",
  "output-format": "to",
  "input-format": "format",
  nan: "non-finite",
};

export function readScoreArguments(args: readonly string[]): ScoreArguments {
  const { values, positionals } = parsed(args, OPTIONS);
  if (positionals.length === 0) {
    throw new UsageError("score needs an INPUT: a file, or - for standard input");
  }
  if (positionals.length > 1 && positionals.includes("-")) {
    throw new UsageError("standard input (-) can be the only input");
  }
  return {
    inputs: positionals,
    output: values.output === "-" ? undefined : values.output,
    operation: oneOf("op", values.op, OPERATIONS),
    k: integer("k", values.k, 1),
    temperature: temperatureOf(values.temperature),
    axis: values.axis === undefined ? undefined : integer("axis", values.axis, Number.NEGATIVE_INFINITY),
    columns: namesOf(values.columns),
    keep: namesOf(values.keep) ?? [],
    format: values.format === undefined ? undefined : oneOf("format", values.format, FORMATS),
    to: values.to === undefined ? undefined : oneOf("to", values.to, FORMATS),
    dtype: values.dtype === undefined ? undefined : dtypeOf(values.dtype),
    length: values.length === undefined ? undefined : integer("length", values.length, 1),
    isBigEndian: values["big-endian"],
    field: values.field,
    nulls: oneOf("null", values.null, ["error", "mask", "-inf"]),
    nonFinite: oneOf("non-finite", values["non-finite"], ["error", "null", "literal"]),
    hasHeader: !values["no-header"],
    shard: values.shard === undefined ? undefined : readShard(values.shard),
    threads: values.threads === undefined ? undefined : integer("threads", values.threads, 1, 64),
    // Parts are computed on several machines, whose relaxed multiply-adds may differ.
    backend: oneOf("backend", values.backend ?? (values.shard === undefined ? "auto" : "simd"), BACKENDS),
    force: values.force,
    json: values.json,
    quiet: values.quiet,
  };
}

/** `node:util`'s parseArgs, whose errors are given advice. */
export function parsed<const O extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: O,
) {
  try {
    return parseArgs({ args: joined(args), options, allowPositionals: true, strict: true });
  } catch (error) {
    const { message } = error as Error;
    const name = /'--?([\w-]+)/.exec(message)?.[1];
    const right = name === undefined ? undefined : suggestion(name, Object.keys(options));
    const hint = right === undefined ? "" : `: did you mean ${right}?`;
    throw new UsageError(`${message.split(". To specify")[0].replace(/\.$/, "")}${hint}`, { cause: error });
  }
}

/** parseArgs takes no value that begins with a dash from an argument of its own: `--null -inf`, `--axis -1`. */
function joined(args: readonly string[]): string[] {
  const all: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const next = args[at + 1];
    const isValue = next !== undefined && /^-(inf|\d+)$/.test(next);
    if (isValue && /^--(null|axis)$/.test(args[at])) all.push(`${args[at]}=${args[++at]}`);
    else all.push(args[at]);
  }
  return all;
}

function suggestion(name: string, names: readonly string[]): string | undefined {
  if (Object.hasOwn(OTHER_WORDS, name)) {
    const word = OTHER_WORDS[name];
    return word.includes(" ") ? word : `--${word}`;
  }
  const near = names.find((option) => option.startsWith(name) || name.startsWith(option));
  return near === undefined || near === "k" ? undefined : `--${near}`;
}

function oneOf<T extends string>(name: string, value: string, all: readonly T[]): T {
  const found = all.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${name} must be ${all.slice(0, -1).join(", ")} or ${all.at(-1)}, got ${value}`);
}

function integer(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
  const range =
    most < Number.MAX_SAFE_INTEGER ? ` from ${least} to ${most}` : least > 0 ? ` of at least ${least}` : "";
  throw new UsageError(`${name.length === 1 ? "-" : "--"}${name} must be an integer${range}, got ${text}`);
}

function temperatureOf(text: string): number {
  if (text.startsWith("@")) return temperatureFrom(text.slice(1));
  const value = Number(text);
  if (text.trim() !== "" && value >= 1e-30 && value <= 1e30) return value;
  throw new UsageError(`--temperature must be a number from 1e-30 to 1e30, got ${text}`);
}

function dtypeOf(text: string): FileType {
  const type = fileType(text);
  if (type !== undefined) return type;
  throw new UsageError(
    `--dtype must be float16, bfloat16, float32 or float64 (f16, bf16, f32, f64 for short), got ${text}`,
  );
}

/** Names may be separated by commas, and the option may be given several times. */
function namesOf(lists: readonly string[] | undefined): string[] | undefined {
  return lists?.flatMap((list) => list.split(",")).filter((name) => name !== "");
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
