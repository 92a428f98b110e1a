/** Named arrays in one file: the length of a header, the header as JSON, and the arrays, each at a multiple of 8 bytes. */
const TYPES = { Int8Array, Uint8Array, Uint16Array, Float32Array } as const;

type TypeName = keyof typeof TYPES;
type Packable = Int8Array | Uint8Array | Uint16Array | Float32Array;
type Header = Record<string, [type: TypeName, length: number]>;

export type Arrays = Record<string, Packable>;

const ALIGNMENT = 8;

export function pack(arrays: Arrays): Uint8Array<ArrayBuffer> {
  const header: Header = Object.fromEntries(
    Object.entries(arrays).map(([name, array]) => [name, [array.constructor.name as TypeName, array.length]]),
  );
  const json = new TextEncoder().encode(JSON.stringify(header));
  const parts = Object.values(arrays).map(
    (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  );
  const start = aligned(4 + json.length);
  const bytes = new Uint8Array(parts.reduce((end, part) => aligned(end + part.length), start));
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  let from = start;
  for (const part of parts) {
    bytes.set(part, from);
    from = aligned(from + part.length);
  }
  return bytes;
}

/** Views of the buffer, which is read on little-endian machines only, as all that run browsers are. */
export function unpack(buffer: ArrayBuffer): Arrays {
  const length = new DataView(buffer).getUint32(0, true);
  const header: Header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let from = aligned(4 + length);
  return Object.fromEntries(
    Object.entries(header).map(([name, [type, length]]) => {
      const array = new TYPES[type](buffer, from, length);
      from = aligned(from + array.byteLength);
      return [name, array];
    }),
  );
}

/** A file of arrays, compressed by gzip whatever the host does. */
export async function fetchArrays(url: string | URL): Promise<Arrays> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${url} is not there: HTTP ${response.status}`);
  const stream = response.body.pipeThrough(new DecompressionStream("gzip"));
  return unpack(await new Response(stream).arrayBuffer());
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
