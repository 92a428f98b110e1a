/** How a file of logits is read: the options that every command which reads one has. */
import { fileType } from "../formats/elements.js";
import { UsageError } from "../formats/errors.js";
import type { FileType } from "../formats/format.js";
import type { Nulls } from "../formats/rows.js";
import { integer, namesOf, oneOf } from "./options.js";

export const FORMATS = ["npy", "raw", "csv", "tsv", "jsonl", "parquet", "arrow", "arrows"] as const;
export type FormatName = (typeof FORMATS)[number];

export interface ReadingArguments {
  readonly format: FormatName | undefined;
  readonly axis: number | undefined;
  readonly columns: readonly string[] | undefined;
  readonly field: string | undefined;
  readonly nulls: Nulls;
  readonly hasHeader: boolean;
  readonly dtype: FileType | undefined;
  readonly length: number | undefined;
  readonly isBigEndian: boolean;
}

export const READING = {
  format: { type: "string" },
  axis: { type: "string" },
  columns: { type: "string", multiple: true },
  field: { type: "string" },
  null: { type: "string", default: "error" },
  "no-header": { type: "boolean", default: false },
  dtype: { type: "string" },
  length: { type: "string" },
  "big-endian": { type: "boolean", default: false },
} as const;

/** What parseArgs makes of `READING`. */
interface ReadingValues {
  readonly format?: string | undefined;
  readonly axis?: string | undefined;
  readonly columns?: string[] | undefined;
  readonly field?: string | undefined;
  readonly null: string;
  readonly "no-header": boolean;
  readonly dtype?: string | undefined;
  readonly length?: string | undefined;
  readonly "big-endian": boolean;
}

export function readReading(values: ReadingValues): ReadingArguments {
  const { format, axis, columns, field, dtype, length } = values;
  return {
    format: format === undefined ? undefined : oneOf("format", format, FORMATS),
    axis: axis === undefined ? undefined : integer("axis", axis, Number.NEGATIVE_INFINITY),
    columns: namesOf(columns),
    field,
    nulls: oneOf("null", values.null, ["error", "mask", "-inf"]),
    hasHeader: !values["no-header"],
    dtype: dtype === undefined ? undefined : dtypeOf(dtype),
    length: length === undefined ? undefined : integer("length", length, 1),
    isBigEndian: values["big-endian"],
  };
}

function dtypeOf(text: string): FileType {
  const type = fileType(text);
  if (type !== undefined) return type;
  throw new UsageError(
    `--dtype must be float16, bfloat16, float32 or float64 (f16, bf16, f32, f64 for short), got ${text}`,
  );
}
