import { describe, expect, it } from "vitest";
import { DataError, UsageError } from "../../src/formats/errors.js";
import { type JsonLinesOptions, JsonLinesReader } from "../../src/formats/jsonLines.js";
import { type NonFinite, writeJsonLines } from "../../src/formats/jsonLinesWriter.js";
import {
  asResults,
  bytesTarget,
  plainBuffers,
  type Read,
  readAll,
  streamOf,
  textOf,
} from "../support/files.js";

const DEFAULTS: JsonLinesOptions = { field: undefined, keep: [], type: "float64", nulls: "error" };

async function read(text: string, options: Partial<JsonLinesOptions> = {}): Promise<Read> {
  const buffers = plainBuffers();
  const result = await readAll(new JsonLinesReader(textOf(text), { ...DEFAULTS, ...options }, buffers));
  expect(buffers.taken).toBe(0);
  return result;
}

describe("JSON Lines", () => {
  it.each(["[1,2]\n[3]\n", "[1, 2]\r\n\n[3.0]", " [1,2] \n[3]\n"])("%j", async (text) => {
    expect((await read(text)).rows).toEqual([[1, 2], [3]]);
    const reader = new JsonLinesReader(streamOf(new TextEncoder().encode(text), 3), DEFAULTS, plainBuffers());
    expect((await readAll(reader)).rows).toEqual([[1, 2], [3]]);
  });

  it("of objects takes a field, and keeps others", async () => {
    const text = '{"id":7,"y":[1,2],"t":"NaN"}\n{"y":[3,4],"id":null}\n';
    expect(await read(text, { field: "y", keep: ["id", "t"] })).toEqual({
      rows: [
        [1, 2],
        [3, 4],
      ],
      mask: undefined,
      kept: { id: [7, null], t: ["NaN", undefined] },
    });
    await expect(read(text)).rejects.toThrow("name the field of the logits, as in --field y");
    await expect(read(text, { field: "z" })).rejects.toThrow("no such field; fields are id, y, t");
    expect(() => new JsonLinesReader(textOf(text), { ...DEFAULTS, keep: ["id"] }, plainBuffers())).toThrow(
      UsageError,
    );
  });

  it("reads bare NaN and infinities, but not within strings", async () => {
    const text = '{"y":[NaN,Infinity,-Infinity,1],"t":"NaN \\" -Infinity"}\n';
    const { rows, kept } = await read(text, { field: "y", keep: ["t"] });
    expect(rows).toEqual([[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]]);
    expect(kept).toEqual({ t: ['NaN " -Infinity'] });
  });

  it("leaves the sentinels of others as they stand", async () => {
    expect((await read("[-9999,-3.4028234663852886e38]\n")).rows).toEqual([[-9999, -3.4028234663852886e38]]);
  });

  it("takes null as it is told", async () => {
    await expect(read("[1,null]\n")).rejects.toThrow(
      "file: line 1 (byte 0), element 1: the value is missing",
    );
    expect((await read("[1,null]\n", { nulls: "-inf" })).rows).toEqual([[1, Number.NEGATIVE_INFINITY]]);
    expect((await read("[1,null]\n[2,3]\n", { nulls: "mask" })).mask).toEqual([1, 0, 1, 1]);
  });

  it.each([
    ["[1,2\n", "line 1 (byte 0): not JSON"],
    [
      "[1]\n[[1]]\n",
      "line 2 (byte 4), element 0: must be a number, got [1]: write each row on a line of its own",
    ],
    ['["1"]\n', 'must be a number, got "1"'],
    ["[true]\n", "must be a number, got true"],
    ["5\n", "must be an array of numbers, got 5"],
    ["null\n", "must be an array of numbers, got null"],
    ["[NaN, nan]\n", "not JSON"],
  ])("%j is an error", async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow(DataError);
  });

  it("warns of numbers beyond a double", async () => {
    const reader = new JsonLinesReader(textOf("[1e400,1]\n"), DEFAULTS, plainBuffers());
    await readAll(reader);
    expect(reader.warnings).toEqual([
      "file: 1 numbers are beyond the range of a double: they became infinite",
    ]);
  });

  async function write(
    text: string,
    options: Partial<JsonLinesOptions>,
    nonFinite: NonFinite,
  ): Promise<string> {
    const reader = new JsonLinesReader(textOf(text), { ...DEFAULTS, ...options }, plainBuffers());
    const target = bytesTarget();
    const writer = writeJsonLines({ operation: "softmax", k: 1, reader, type: "float64" }, target, nonFinite);
    for await (const batch of reader.batches()) await writer.write(asResults(batch));
    await writer.end();
    return target.text();
  }

  it("writes arrays as arrays, and objects as objects", async () => {
    expect(await write("[0.1, 2]\n[]\n", {}, "error")).toBe("[0.1,2]\n[]\n");
    const text = '{"y":[1],"id":"a"}\n';
    expect(await write(text, { field: "y", keep: ["id"] }, "error")).toBe('{"id":"a","y":[1]}\n');
  });

  it("writes what JSON has no word for only if it is told how", async () => {
    await expect(write("[1]\n[NaN]\n", {}, "error")).rejects.toThrow(
      "row 2: the result holds NaN, which JSON cannot say: give --non-finite null",
    );
    expect(await write("[NaN,-Infinity]\n", {}, "null")).toBe("[null,null]\n");
    expect(await write("[NaN,-Infinity]\n", {}, "literal")).toBe("[NaN,-Infinity]\n");
  });
});
