/** Labels in a file of their own: a .npy array of integers, or text with an integer on each line. */
import { DataError } from "./errors.js";
import type { Input } from "./input.js";
import { readHeader } from "./npy.js";
import { parseDictionary } from "./npyHeader.js";

/** Closes the input. */
export async function readLabels(input: Input): Promise<Int32Array> {
  try {
    return input.name.endsWith(".npy") ? await readNpyLabels(input) : await readTextLabels(input);
  } finally {
    await input.close();
  }
}

async function readNpyLabels(input: Input): Promise<Int32Array> {
  const { name } = input;
  const { descr, shape } = parseDictionary(name, await readHeader(input));
  const [, order, kind, digits] = /^([<>=|])([iu])([1248])$/.exec(descr) ?? [];
  if (kind === undefined) {
    throw new DataError(`${name}: labels must be integers, got ${descr}: save labels.astype('<i4')`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const size = Number(digits);
  const bytes = new Uint8Array(count * size);
  if ((await input.read(bytes)) < bytes.length) throw new DataError(`${name}: truncated`);
  const view = new DataView(bytes.buffer);
  const isLittle = order !== ">";
  return Int32Array.from({ length: count }, (_, k) => {
    const at = k * size;
    switch (`${kind}${size}`) {
      case "i1":
        return view.getInt8(at);
      case "u1":
        return view.getUint8(at);
      case "i2":
        return view.getInt16(at, isLittle);
      case "u2":
        return view.getUint16(at, isLittle);
      case "i4":
        return view.getInt32(at, isLittle);
      case "u4":
        return checked(name, k, view.getUint32(at, isLittle));
      case "i8":
        return checked(name, k, Number(view.getBigInt64(at, isLittle)));
      default:
        return checked(name, k, Number(view.getBigUint64(at, isLittle)));
    }
  });
}

async function readTextLabels(input: Input): Promise<Int32Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(2 ** 16);
    const length = await input.read(part);
    parts.push(part.subarray(0, length));
    if (length < part.length) break;
  }
  const lines = Buffer.concat(parts).toString("utf8").trimEnd().split(/\r?\n/);
  // A line of names, as a column of a CSV file has.
  const first = /^\s*"?[^\d\s"-]/.test(lines[0]) ? 1 : 0;
  return Int32Array.from(lines.slice(first), (line, k) =>
    labelOf(`${input.name}: line ${k + 1 + first}`, line),
  );
}

/** A label from a column that stands beside the logits. */
export function labelOf(where: string, value: unknown): number {
  const text = typeof value === "string" ? value.trim() : value;
  const label = text === "" ? Number.NaN : Number(text);
  if (Number.isInteger(label) && Math.abs(label) < 2 ** 31) return label;
  throw new DataError(`${where}: a label must be an integer, got ${JSON.stringify(value) ?? String(value)}`);
}

/** Throws unless labels are classes or `ignored`. `first` rows stand before them. */
export function checkClasses(
  name: string,
  labels: Int32Array,
  first: number,
  classes: number,
  ignored?: number,
): void {
  const wrong = labels.findIndex((label) => (label < 0 || label >= classes) && label !== ignored);
  if (wrong < 0) return;
  throw new DataError(
    `${name}: label ${first + wrong + 1} must be a class from 0 to ${classes - 1}, got ${labels[wrong]}`,
  );
}

function checked(name: string, k: number, label: number): number {
  if (Math.abs(label) < 2 ** 31) return label;
  throw new DataError(`${name}: label ${k} must be a class, got ${label}`);
}
