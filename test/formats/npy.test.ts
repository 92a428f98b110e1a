import { describe, expect, it } from "vitest";
import { ArrayReader } from "../../src/formats/arrays.js";
import { DataError, UsageError } from "../../src/formats/errors.js";
import type { Header } from "../../src/formats/format.js";
import { openNpy, writeNpy } from "../../src/formats/npy.js";
import { formatHeader, parseHeader } from "../../src/formats/npyHeader.js";
import { asResults, bytesTarget, fileOf, plainBuffers, readAll, streamOf } from "../support/files.js";

/** A file with that header and those bytes. */
function npy(dictionary: string, body: ArrayBufferView, version = 1): Uint8Array {
  const size = version === 1 ? 2 : 4;
  const text = `${dictionary}\n`;
  const bytes = new Uint8Array(8 + size + text.length + body.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  for (let k = 0; k < size; k++) bytes[8 + k] = (text.length >> (8 * k)) & 255;
  bytes.set(new TextEncoder().encode(text), 8 + size);
  bytes.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), 8 + size + text.length);
  return bytes;
}

function dictionary(descr: string, shape: string, order = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
}

const SIX = Float32Array.of(1, 2, 3, 4, 5, 6);
const NONE = { axis: undefined, dtype: undefined };

async function rows(bytes: Uint8Array, options: Partial<typeof NONE> | object = {}): Promise<number[][]> {
  const buffers = plainBuffers();
  const read = await readAll(await openNpy(fileOf(bytes), { ...NONE, ...options }, buffers));
  expect(buffers.taken).toBe(0);
  return read.rows;
}

describe("a .npy file", () => {
  it.each([1, 2, 3])("of version %i", async (version) => {
    expect(await rows(npy(dictionary("<f4", "(2, 3)"), SIX, version))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it("with the keys in any order, in other quotes, without the last comma", async () => {
    const header = `{"shape": (2, 3), "descr": "<f4", "fortran_order": False}`;
    expect(await rows(npy(header, SIX))).toHaveLength(2);
  });

  it("in Fortran's order has its rows along the other dimension", async () => {
    const bytes = npy(dictionary("<f4", "(3, 2)", "True"), SIX);
    expect(await rows(bytes)).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(await rows(bytes, { axis: 0 })).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it("has its lanes along any axis, counted from either end", async () => {
    const bytes = npy(dictionary("<f4", "(3, 2)"), SIX);
    const columns = [
      [1, 3, 5],
      [2, 4, 6],
    ];
    expect(await rows(bytes, { axis: 0 })).toEqual(columns);
    expect(await rows(bytes, { axis: -2 })).toEqual(columns);
    await expect(rows(bytes, { axis: 2 })).rejects.toThrow(
      new UsageError("file: --axis must be from -2 to 1 for shape (3, 2), got 2"),
    );
  });

  it.each([
    ["()", Float32Array.of(7), [[7]]],
    ["(3,)", Float32Array.of(1, 2, 3), [[1, 2, 3]]],
    ["(0, 3)", new Float32Array(0), []],
    ["(2, 0)", new Float32Array(0), []],
  ])("of shape %s", async (shape, body, expected) => {
    expect(await rows(npy(dictionary("<f4", shape), body))).toEqual(expected);
  });

  it("of other types", async () => {
    expect(await rows(npy(dictionary("<f8", "(1, 2)"), Float64Array.of(0.1, -0)))).toEqual([[0.1, -0]]);
    expect(await rows(npy(dictionary(">f4", "(1, 1)"), Uint8Array.of(0x3f, 0x80, 0, 0)))).toEqual([[1]]);
    expect(await rows(npy(dictionary(">f8", "(1, 1)"), Uint8Array.of(0xc0, 0, 0, 0, 0, 0, 0, 0)))).toEqual([
      [-2],
    ]);
    expect(await rows(npy(dictionary("<f2", "(1, 3)"), Uint16Array.of(0x3c00, 1, 0xfc00)))).toEqual([
      [1, 2 ** -24, Number.NEGATIVE_INFINITY],
    ]);
    expect(await rows(npy(dictionary(">f2", "(1, 1)"), Uint8Array.of(0x3c, 0)))).toEqual([[1]]);
    const brain = npy(dictionary("<V2", "(1, 2)"), Uint16Array.of(0x3f80, 0xff80));
    expect(await rows(brain, { dtype: "bfloat16" })).toEqual([[1, Number.NEGATIVE_INFINITY]]);
    await expect(rows(brain)).rejects.toThrow("give --dtype bfloat16");
  });

  it.each(["<f16", "|O", "<c8", "<i8", "|b1", "<U5", "<V1", "<f1", "<M8[s]", ""])(
    "of type %s is refused by name",
    async (descr) => {
      const promise = rows(npy(dictionary(descr, "(1, 1)"), new Uint8Array(16)));
      await expect(promise).rejects.toThrow(DataError);
      await expect(promise).rejects.toThrow(`got ${descr}`);
    },
  );

  it("of records is refused", async () => {
    const header = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }";
    await expect(rows(npy(header, SIX))).rejects.toThrow("got a record");
  });

  it("must hold exactly its elements", async () => {
    const whole = npy(dictionary("<f4", "(2, 3)"), SIX);
    await expect(rows(whole.subarray(0, -1))).rejects.toThrow(
      `truncated: shape (2, 3) of float32 needs ${whole.length} bytes, got ${whole.length - 1}`,
    );
    const longer = new Uint8Array([...whole, ...whole]);
    await expect(rows(longer)).rejects.toThrow("more than one array");
    const reader = await openNpy(streamOf(longer), NONE, plainBuffers());
    await expect(readAll(reader)).rejects.toThrow("more than one array");
    const shorter = await openNpy(streamOf(whole.subarray(0, -1)), NONE, plainBuffers());
    await expect(readAll(shorter)).rejects.toThrow("truncated");
  });

  it.each([
    "(9007199254740993, 1)",
    "(4294967296, 4294967296)",
    "(-1, 3)",
    "(1.5,)",
    "('a',)",
    "(1 2)",
    "(,)",
  ])("of shape %s is refused", async (shape) => {
    await expect(rows(npy(dictionary("<f4", shape), SIX))).rejects.toThrow(DataError);
  });

  it("truncated anywhere, or with any byte flipped, is an error or an array", async () => {
    const whole = npy(dictionary("<f4", "(2, 3)"), SIX);
    for (let length = 0; length < whole.length; length++) {
      for (const input of [fileOf(whole.subarray(0, length)), streamOf(whole.subarray(0, length))]) {
        await expect((async () => readAll(await openNpy(input, NONE, plainBuffers())))()).rejects.toThrow(
          DataError,
        );
      }
    }
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const damaged = whole.slice();
        damaged[at] ^= flip;
        const error = await rows(damaged).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error, `byte ${at} ^ ${flip}`).toBeInstanceOf(DataError);
      }
    }
  });

  it("with a header of gigabytes is refused before it is read", async () => {
    const bytes = npy(dictionary("<f4", "(2, 3)"), SIX, 2);
    bytes.set([255, 255, 255, 127], 8);
    await expect(rows(bytes)).rejects.toThrow("the header says it has 2147483647 bytes");
  });
});

describe("a .npy file written", () => {
  it("has a header of version 1, padded to 64 bytes, which reads back", () => {
    for (const shape of [[], [3], [2, 3], [1e6, 10], [2, 3, 4]]) {
      const bytes = formatHeader("<f4", shape, false);
      expect(bytes.length % 64).toBe(0);
      expect(bytes[6]).toBe(1);
      expect(parseHeader("file", bytes, undefined)).toMatchObject({
        type: "float32",
        shape,
        isFortran: false,
        start: bytes.length,
      });
    }
    expect(new TextDecoder().decode(formatHeader("<f8", [3], false).subarray(10))).toMatch(
      /^\{'descr': '<f8', 'fortran_order': False, 'shape': \(3,\), \} +\n$/,
    );
  });

  it.each(["False", "True"])("keeps shape and order, Fortran's: %s", async (order) => {
    const bytes = npy(dictionary("<f4", "(3, 2)", order), SIX);
    const reader = await openNpy(fileOf(bytes), NONE, plainBuffers());
    const target = bytesTarget();
    const header: Header = { operation: "softmax", k: 1, reader, type: "float32" };
    const writer = writeNpy(header, target);
    for await (const batch of reader.batches()) await writer.write(asResults(batch));
    await writer.end();
    expect(target.bytes().slice(-24)).toEqual(bytes.slice(-24));
    expect(await rows(target.bytes())).toEqual(await rows(bytes));
  });

  it("of a value per lane has one dimension less", async () => {
    const reader = await openNpy(
      fileOf(npy(dictionary("<f4", "(1, 3, 2)"), SIX)),
      { ...NONE, axis: 1 },
      plainBuffers(),
    );
    expect(reader).toBeInstanceOf(ArrayReader);
    const target = bytesTarget();
    const writer = writeNpy({ operation: "log-sum-exp", k: 1, reader, type: "float32" }, target);
    for await (const batch of reader.batches()) await writer.write({ batch, values: Float32Array.of(7, 8) });
    await writer.end();
    expect(parseHeader("file", target.bytes().subarray(0, 128), undefined).shape).toEqual([1, 2]);
    expect(await rows(target.bytes())).toEqual([[7, 8]]);
  });
});
