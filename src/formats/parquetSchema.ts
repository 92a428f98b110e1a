/** The columns of a Parquet file: what they are good for, and at which levels of nesting their values are. */
import type { SchemaElement, SchemaTree } from "hyparquet";
import type { TableColumn } from "./table.js";
import type { KeptType, TimeUnit } from "./tableKept.js";

/** A column that can be read: a value a row, or lists of one level. */
export interface Leaf {
  /** From the root to the column. */
  readonly path: SchemaTree[];
  /** The definition level of a value, and the repetition level of a further element of a list. */
  readonly mostDefinition: number;
  readonly mostRepetition: 0 | 1;
  /** From this level of definition on there is an element of a list. */
  readonly elementLevel: number;
  /** Below this level the whole list is missing; from it on, up to the element's, it is empty. */
  readonly listLevel: number;
}

export interface ParquetColumn extends TableColumn {
  /** Undefined where columns nest otherwise. */
  readonly leaf: Leaf | undefined;
}

export function describeParquet(root: SchemaTree, node: SchemaTree): ParquetColumn {
  const path = [node];
  for (let at = node; at.children.length === 1; path.push(at)) at = at.children[0];
  const last = path[path.length - 1];
  const { element } = last;
  const { name } = node.element;
  const lists = path.filter((each) => each.element.repetition_type === "REPEATED").length;
  const isList = lists === 1 && (path.length === 1 || (path.length <= 3 && isListGroup(node.element)));
  if (last.children.length > 0 || !(isList || (path.length === 1 && lists === 0))) {
    return { name, shape: "other", isDouble: false, described: "groups", kept: undefined, leaf: undefined };
  }
  const isFloat = element.type === "FLOAT" || element.type === "DOUBLE" || isHalf(element);
  return {
    name,
    shape: isFloat ? (isList ? "lists" : "floats") : "other",
    isDouble: element.type === "DOUBLE",
    described: isList ? `lists of ${typeName(element)}` : typeName(element),
    kept: isList ? undefined : keptType(element),
    leaf: leafOf(root, path),
  };
}

function isListGroup({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "LIST" || logical_type?.type === "LIST";
}

function leafOf(root: SchemaTree, path: readonly SchemaTree[]): Leaf {
  let definition = 0;
  let listLevel = 0;
  let elementLevel = 0;
  let mostRepetition: 0 | 1 = 0;
  for (const { element } of path) {
    if (element.repetition_type === "REPEATED") {
      mostRepetition = 1;
      listLevel = definition;
      elementLevel = definition + 1;
    }
    if (element.repetition_type !== "REQUIRED") definition++;
  }
  return { path: [root, ...path], mostDefinition: definition, mostRepetition, elementLevel, listLevel };
}

function isHalf({ type, type_length, logical_type }: SchemaElement): boolean {
  return type === "FIXED_LEN_BYTE_ARRAY" && logical_type?.type === "FLOAT16" && type_length === 2;
}

const UNITS: { readonly [unit: string]: TimeUnit } = {
  MILLIS: "ms",
  MICROS: "us",
  NANOS: "ns",
  TIMESTAMP_MILLIS: "ms",
  TIMESTAMP_MICROS: "us",
};

function keptType(element: SchemaElement): KeptType | undefined {
  const { type, logical_type: logical } = element;
  const converted: string = element.converted_type ?? "";
  if (isHalf(element) || type === "FLOAT") return { kind: "float", bits: 32 };
  if (type === "DOUBLE") return { kind: "float", bits: 64 };
  if (type === "BOOLEAN") return { kind: "bool" };
  if (converted === "DATE" || logical?.type === "DATE") return { kind: "moment", unit: "d" };
  if (type === "INT96") return { kind: "moment", unit: "ns" };
  if (logical?.type === "TIMESTAMP") {
    return { kind: "moment", unit: UNITS[logical.unit], zone: logical.isAdjustedToUTC ? "UTC" : undefined };
  }
  if (Object.hasOwn(UNITS, converted)) return { kind: "moment", unit: UNITS[converted], zone: "UTC" };
  const isText = /^(UTF8|ENUM)$/.test(converted) || /^(STRING|ENUM)$/.test(logical?.type ?? "");
  if (type === "BYTE_ARRAY") return isText ? { kind: "utf8" } : undefined;
  const [, unsigned, size] = /^(U?)INT_(\d+)$/.exec(converted) ?? [];
  const isPlain = logical === undefined && (converted === "" || size !== undefined);
  if ((type !== "INT32" && type !== "INT64") || !(isPlain || logical?.type === "INTEGER")) return undefined;
  const declared = logical?.type === "INTEGER" ? logical.bitWidth : Number(size ?? 0);
  const isSigned = logical?.type === "INTEGER" ? logical.isSigned : unsigned !== "U";
  const bits = ([8, 16, 32, 64] as const).find((each) => each === declared) ?? (type === "INT32" ? 32 : 64);
  return { kind: "int", bits, isSigned };
}

function typeName(element: SchemaElement): string {
  if (isHalf(element)) return "float16";
  if (element.converted_type === "DECIMAL" || element.logical_type?.type === "DECIMAL") return "decimals";
  const kept = keptType(element);
  if (kept?.kind === "int") return `${kept.isSigned ? "" : "u"}int${kept.bits}`;
  if (kept?.kind === "float") return `float${kept.bits}`;
  return kept?.kind ?? (element.type ?? "groups").toLowerCase();
}
