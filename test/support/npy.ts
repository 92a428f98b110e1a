import { formatHeader, headerLength, parseHeader } from "../../src/formats/npyHeader.js";

/** The bytes of a .npy file, as `np.save` writes them. */
export function npyOf(
  values: Float32Array | Float64Array,
  shape: readonly number[],
  isFortran = false,
): Uint8Array {
  const header = formatHeader(values.BYTES_PER_ELEMENT === 4 ? "<f4" : "<f8", shape, isFortran);
  const bytes = new Uint8Array(header.length + values.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), header.length);
  return bytes;
}

/** The elements of one, with its shape. */
export function npyFrom(bytes: Uint8Array): {
  values: Float32Array | Float64Array;
  shape: readonly number[];
  isFortran: boolean;
} {
  const header = bytes.subarray(0, headerLength("file", bytes.subarray(0, 12)));
  const { type, shape, isFortran, start } = parseHeader("file", header, undefined);
  const body = new Uint8Array(bytes.subarray(start)).buffer; // Not by slice: that of a Buffer copies nothing.
  return { values: type === "float64" ? new Float64Array(body) : new Float32Array(body), shape, isFortran };
}
