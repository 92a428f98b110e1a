/**
 * The header of a .npy file (NumPy Enhancement Proposal 1): "\x93NUMPY", two bytes of version, the length of the rest in two
 * bytes (version 1) or four (2 and 3), and a Python dictionary of descr, fortran_order and shape.
 */
import { DataError } from "./errors.js";
import type { FileType } from "./format.js";

export interface NpyHeader {
  readonly type: FileType;
  readonly isBigEndian: boolean;
  readonly shape: readonly number[];
  readonly isFortran: boolean;
  /** Bytes before the elements. */
  readonly start: number;
}

const MAGIC = "\x93NUMPY";

/** The first bytes of a file, from which `headerLength` tells how long the header is. */
export const PREFIX = 12;

/** More than any header of one array takes: a lying length would make us read gigabytes. */
const MOST = 2 ** 20;

/** The bytes of the header, with the magic. */
export function headerLength(name: string, prefix: Uint8Array): number {
  const text = String.fromCharCode(...prefix.subarray(0, 6));
  if (text !== MAGIC) {
    throw new DataError(
      `${name}: it does not begin as a .npy file does, got bytes ${hex(prefix.subarray(0, 6))}: name its format with --format`,
    );
  }
  const version = prefix[6];
  if (version < 1 || version > 3) {
    throw new DataError(`${name}: .npy versions are 1 to 3, got ${version}`);
  }
  const size = version === 1 ? 2 : 4;
  if (prefix.length < 8 + size) throw new DataError(`${name}: the file ends within the header`);
  let length = 0;
  for (let k = size - 1; k >= 0; k--) length = length * 256 + prefix[8 + k];
  if (length > MOST)
    throw new DataError(`${name}: the header says it has ${length} bytes; more than ${MOST} it cannot have`);
  return 8 + size + length;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ") || "none";
}

/** What a whole header says. `asked` is the type that the user named, which two-byte voids need. */
export function parseHeader(name: string, bytes: Uint8Array, asked: FileType | undefined): NpyHeader {
  const { descr, ...rest } = parseDictionary(name, bytes);
  return { ...typeOf(name, descr, asked), ...rest };
}

/** The same with the type as it is written there, whatever it is. */
export function parseDictionary(
  name: string,
  bytes: Uint8Array,
): { descr: string; shape: readonly number[]; isFortran: boolean; start: number } {
  const size = bytes[6] === 1 ? 2 : 4;
  const text = new TextDecoder("latin1").decode(bytes.subarray(8 + size)).trim();
  const descr = /['"]descr['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|(\[))/.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shape = /['"]shape['"]\s*:\s*\(([^)]*)\)/.exec(text);
  if (!text.startsWith("{") || !text.endsWith("}") || descr === null || order === null || shape === null) {
    throw new DataError(
      `${name}: the header must be a dictionary of descr, fortran_order and shape, got ${text.slice(0, 80)}`,
    );
  }
  return {
    descr: descr[3] === undefined ? (descr[1] ?? descr[2]) : "a record",
    shape: parseShape(name, shape[1]),
    isFortran: order[1] === "True",
    start: bytes.length,
  };
}

function parseShape(name: string, text: string): number[] {
  const sizes = text
    .split(",")
    .map((part) => part.trim())
    .filter((part, k, all) => part !== "" || k < all.length - 1);
  let product = 1;
  const shape = sizes.map((part) => {
    const size = /^\d+L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN;
    if (!Number.isSafeInteger(size)) throw new DataError(`${name}: shape must be integers, got (${text})`);
    product *= size;
    return size;
  });
  if (!Number.isSafeInteger(product * 8)) {
    throw new DataError(`${name}: shape (${text}) has more elements than a file can hold`);
  }
  return shape;
}

const FLOATS: { readonly [size: string]: FileType } = { 2: "float16", 4: "float32", 8: "float64" };

function typeOf(
  name: string,
  descr: string,
  asked: FileType | undefined,
): { readonly type: FileType; readonly isBigEndian: boolean } {
  const [, order, kind, size] = /^([<>=|]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  if (kind === "f" && Object.hasOwn(FLOATS, size) && order !== "|") {
    return { type: FLOATS[size], isBigEndian: order === ">" };
  }
  if (kind === "V" && size === "2") {
    if (asked === "bfloat16") return { type: "bfloat16", isBigEndian: order === ">" };
    throw new DataError(
      `${name}: elements are of type ${descr}, two bytes that have no name in NumPy: if they are bfloat16, give --dtype bfloat16`,
    );
  }
  throw new DataError(
    `${name}: elements must be floats of 2, 4 or 8 bytes, got ${descr}${advice(kind, size)}`,
  );
}

function advice(kind: string | undefined, size: string | undefined): string {
  if (kind === "f" && size === "16") return " (long double): save x.astype('<f8')";
  if (kind === "i" || kind === "u" || kind === "b") return " (integers): save x.astype('<f4')";
  if (kind === "O") return " (Python objects, pickled): save an array of numbers";
  if (kind === "c") return " (complex numbers): save x.real or abs(x)";
  if (kind === "V" || kind === "f") return ": save x.astype('<f4')";
  return ": save an array of floats";
}

/**
 * A header of version 1, padded so that the elements begin at a multiple of 64 bytes, or to `total` bytes, for a header that is
 * written when its room has been left already.
 */
export function formatHeader(
  descr: "<f4" | "<f8" | "<i4",
  shape: readonly number[],
  isFortran: boolean,
  total?: number,
): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = isFortran ? "True" : "False";
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${sizes}), }`;
  const length = total ?? Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = `${text.padEnd(length - 11)}\n`;
  const bytes = new Uint8Array(length);
  for (let k = 0; k < 6; k++) bytes[k] = MAGIC.charCodeAt(k);
  bytes[6] = 1;
  bytes[8] = header.length & 255;
  bytes[9] = header.length >> 8;
  bytes.set(new TextEncoder().encode(header), 10);
  return bytes;
}
