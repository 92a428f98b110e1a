/** What tables share, of Arrow and Parquet: which of their columns are the logits. */
import type { Shard } from "./arrays.js";
import { listed, selectColumns } from "./columns.js";
import { DataError, UsageError } from "./errors.js";
import type { ComputeType, FileType } from "./format.js";
import type { Nulls } from "./rows.js";
import type { KeptType } from "./tableKept.js";

export interface TableOptions {
  /** Float columns that make one lane, as `selectColumns` takes them, or the one column of lists. Default: all. */
  readonly columns: readonly string[] | undefined;
  /** The column of lists. Default: the only one. */
  readonly field: string | undefined;
  /** Columns that pass through. */
  readonly keep: readonly string[];
  readonly nulls: Nulls;
  /** The type that is computed in. Default: float64 if a column is. */
  readonly dtype: FileType | undefined;
  /** Which of the row groups, or record batches. Default: all. */
  readonly shard?: Shard | undefined;
}

/** A column as the schema has it. */
export interface TableColumn {
  readonly name: string;
  readonly shape: "floats" | "lists" | "other";
  /** Whether its floats are of double precision. */
  readonly isDouble: boolean;
  /** What messages call it: "int64", "lists of utf8". */
  readonly described: string;
  /** Undefined if it cannot be kept. */
  readonly kept: KeptType | undefined;
}

export interface Selection {
  readonly type: ComputeType;
  /** The places of the columns that make a lane, or of the one of lists. */
  readonly lane: readonly number[];
  readonly isList: boolean;
  readonly keep: readonly number[];
}

/** Which columns are logits. */
export function selectLanes(file: string, all: readonly TableColumn[], options: TableOptions): Selection {
  const { columns, field, keep, dtype } = options;
  const names = all.map(({ name }) => name);
  const double = names.find((name, k) => names.indexOf(name) !== k);
  if (double !== undefined) {
    throw new DataError(`${file}: two columns have the name "${double}": rename one`);
  }
  if (columns !== undefined && field !== undefined) {
    throw new UsageError(
      "--columns and --field exclude each other: columns make a lane, or a field of lists",
    );
  }
  const kept = selectColumns(file, names, keep);
  for (const at of kept) {
    if (all[at].kept !== undefined) continue;
    throw new UsageError(`${file}: --keep ${names[at]}: a column of ${all[at].described} cannot be kept`);
  }
  const named = field === undefined ? columns : [field];
  const lane = named === undefined ? defaultLane(file, all, kept) : selectColumns(file, names, named);
  if (lane.length === 0) throw new UsageError(`${file}: --columns must name a column of ${listed(names)}`);
  const isList = lane.length === 1 && all[lane[0]].shape === "lists";
  for (const at of lane) {
    const { name, shape, described } = all[at];
    if (shape === "other") {
      const advice = /int\d+|decimal/.test(described) ? `: cast it, as in SELECT "${name}"::FLOAT` : "";
      throw new DataError(`${file}: column "${name}" has ${described}, and logits are floats${advice}`);
    }
    if (shape === "lists" && !isList) {
      throw new UsageError(
        `${file}: column "${name}" has lists, which are lanes already: give --field ${name}`,
      );
    }
    if (field !== undefined && !isList) {
      throw new UsageError(`${file}: --field must name a column of lists, and "${name}" has ${described}`);
    }
  }
  const isDouble = dtype === undefined ? lane.some((at) => all[at].isDouble) : dtype === "float64";
  return { type: isDouble ? "float64" : "float32", lane, isList, keep: kept };
}

function defaultLane(file: string, all: readonly TableColumn[], kept: readonly number[]): number[] {
  const of = (shape: TableColumn["shape"]) =>
    all.map((_, at) => at).filter((at) => all[at].shape === shape && !kept.includes(at));
  const floats = of("floats");
  const lists = of("lists");
  const quoted = lists.map((at) => `"${all[at].name}"`).join(", ");
  if (lists.length > 0 && floats.length > 0) {
    throw new UsageError(
      `${file}: ${quoted} has lists and other columns have floats: say which are the logits by --field or --columns`,
    );
  }
  if (lists.length > 1) {
    throw new UsageError(`${file}: ${quoted} have lists: say which are the logits by --field`);
  }
  if (floats.length + lists.length === 0) {
    const which = all.map(({ name, described }) => `${name} (${described})`);
    const advice = all.some(({ described }) => /int\d+|decimal/.test(described))
      ? ": cast integers to floats"
      : "";
    throw new DataError(`${file}: no column has floats or lists of floats, only ${listed(which)}${advice}`);
  }
  return [...lists, ...floats];
}
