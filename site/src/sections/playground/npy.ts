/** The element types of NumPy that are read: all but the 64-bit integers, which no double holds, and half floats. */
const READERS: Record<string, [size: number, read: (view: DataView, at: number) => number]> = {
  "<f4": [4, (view, at) => view.getFloat32(at, true)],
  "<f8": [8, (view, at) => view.getFloat64(at, true)],
  ">f4": [4, (view, at) => view.getFloat32(at)],
  ">f8": [8, (view, at) => view.getFloat64(at)],
  "|i1": [1, (view, at) => view.getInt8(at)],
  "|u1": [1, (view, at) => view.getUint8(at)],
  "<i2": [2, (view, at) => view.getInt16(at, true)],
  "<i4": [4, (view, at) => view.getInt32(at, true)],
};

/** The numbers of a .npy file, and how many make a row: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export function readNpy(buffer: ArrayBuffer): { values: Float64Array; columns: number } {
  const view = new DataView(buffer);
  const isLong = view.getUint8(6) > 1;
  const start = isLong ? 12 : 10;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder("latin1").decode(new Uint8Array(buffer, start, length));
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? "a record";
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? "").match(/\d+/g)?.map(Number) ?? [];
  const known = Object.keys(READERS).join(", ");
  if (!(type in READERS)) throw new Error(`elements of type ${type}; expected one of ${known}`);
  if (/'fortran_order':\s*True/.test(header) && shape.length > 1) {
    throw new Error("columns are stored first (fortran_order); expected rows");
  }
  const [size, read] = READERS[type];
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (start + length + count * size > buffer.byteLength) {
    throw new Error(`the file ends before its ${count} elements of ${size} bytes`);
  }
  const values = Float64Array.from({ length: count }, (_, i) => read(view, start + length + i * size));
  return { values, columns: shape.at(-1) ?? 1 };
}
