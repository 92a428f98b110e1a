import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CsvOptions, openCsv } from "../../src/formats/csv.js";
import { writeCsv } from "../../src/formats/csvWriter.js";
import { DataError, UsageError } from "../../src/formats/errors.js";
import type { Header, Reader } from "../../src/formats/format.js";
import {
  asResults,
  bytesTarget,
  plainBuffers,
  type Read,
  readAll,
  streamOf,
  textOf,
} from "../support/files.js";

const DEFAULTS: CsvOptions = {
  columns: undefined,
  keep: [],
  type: "float64",
  nulls: "error",
  hasHeader: true,
  delimiter: ",",
};

async function read(text: string, options: Partial<CsvOptions> = {}): Promise<Read> {
  const buffers = plainBuffers();
  const result = await readAll(await openCsv(textOf(text), { ...DEFAULTS, ...options }, buffers));
  expect(buffers.taken).toBe(0);
  return result;
}

describe("CSV", () => {
  it.each([
    ["a,b\n1,2\n3,4\n"],
    ["a,b\r\n1,2\r\n3,4\r\n"],
    ["a,b\n1,2\n3,4"],
    ['"a","b"\n"1",2\n3,"4"\n'],
    ["\ufeffa,b\n1,2\n3,4\n"],
    ["a,b\n1,2\n\n3,4\n\n"],
    ["a,b\n 1 ,\t2\n+3,4.0e0\n"],
  ])("%j", async (text) => {
    const expected = [
      [1, 2],
      [3, 4],
    ];
    expect((await read(text)).rows).toEqual(expected);
    for (const size of [1, 2, 3, 5]) {
      const reader = await openCsv(streamOf(new TextEncoder().encode(text), size), DEFAULTS, plainBuffers());
      expect((await readAll(reader)).rows).toEqual(expected);
    }
  });

  it("goes on where the bytes of a chunk end, wherever that is", async () => {
    const end = '1,-2.5\r\n"3","4"\r\n';
    for (let before = 0; before <= end.length; before++) {
      const text = `a,b\n${" ".repeat(2 ** 20 - 4 - before)}${end}`;
      expect((await read(text)).rows).toEqual([
        [1, -2.5],
        [3, 4],
      ]);
    }
  });

  it("of numbers in any form is what Number makes of them", async () => {
    const text = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc
        .tuple(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.nat({ max: 25 }))
        .map(([x, k]) => x.toFixed(k)),
      fc.stringMatching(/^[+-]?(\d{1,25}\.\d{0,30}|\.\d{1,5})$/),
    );
    const field = fc
      .tuple(text, fc.constantFrom("", " ", "\t"), fc.boolean())
      .map(([number, space, isQuoted]) => ({
        number: Number(number),
        field: isQuoted ? `"${space}${number}"` : `${number}${space}`,
      }));
    const row = fc.tuple(field, field, field);
    await fc.assert(
      fc.asyncProperty(fc.array(row), fc.constantFrom("\n", "\r\n"), async (rows, end) => {
        const lines = rows.map((fields) => fields.map(({ field }) => field).join(","));
        const { rows: found } = await read(["a,b,c", ...lines].join(end));
        expect(found).toEqual(rows.map((fields) => fields.map(({ number }) => number)));
      }),
    );
  });

  it("of nothing but names has no rows, and of nothing is an error", async () => {
    expect((await read("a,b\n")).rows).toEqual([]);
    await expect(read("")).rejects.toThrow("it is empty");
    await expect(read("\n")).rejects.toThrow("it is empty");
  });

  it("takes columns by name, range, place and pattern, and keeps others as they are", async () => {
    const text = 'id,x_1,x_2,note\n007,1,2,"a, ""b""\n"\n008,3,4,é\n';
    for (const columns of [["x_1", "x_2"], ["x_*"], ["x_1..x_2"], ["2-3"]]) {
      const { rows, kept } = await read(text, { columns, keep: ["note", "id"] });
      expect(rows).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(kept).toEqual({ id: ["007", "008"], note: ['a, "b"\n', "é"] });
    }
    expect((await read(text, { keep: ["id", "note"] })).rows).toHaveLength(2);
    await expect(read(text, { columns: ["y"] })).rejects.toThrow(
      new UsageError('file: there is no column "y": columns are id, x_1, x_2, note'),
    );
  });

  it("says where a field is no number, and what to do", async () => {
    await expect(read("a,b\n1,2\n3,x\n")).rejects.toThrow(
      new DataError(
        'file: line 3, row 2, column "b" (byte 10): must be a number, got "x": choose the logits with --columns, and pass other columns through with --keep',
      ),
    );
    await expect(read('a\n"1,5"\n')).rejects.toThrow("the decimal point must be a point");
    await expect(read("a,b\n1\n")).rejects.toThrow(
      "file: line 2, row 1 (byte 4): there must be 2 fields, got 1",
    );
    await expect(read('a,b\n1,"2\n')).rejects.toThrow("line 2: a quote is not closed");
    await expect(read('a,b\n1,"2"x\n')).rejects.toThrow("after a closing quote");
    await expect(read('a,b\n1,"2"\r3\n')).rejects.toThrow("after a closing quote");
    await expect(read('"a\nb",c\n1,x\n')).rejects.toThrow("line 3, row 1");
  });

  it("does not take a row for names", async () => {
    await expect(read("0.1,0.2\n1,2\n")).rejects.toThrow("give --no-header if it is a row");
    expect((await read("0.1,0.2\n1,2\n", { hasHeader: false })).rows).toEqual([
      [0.1, 0.2],
      [1, 2],
    ]);
    expect((await read("0,1\n5,6\n")).rows).toEqual([[5, 6]]);
  });

  it("takes a missing value as it is told", async () => {
    const text = "a,b\n1,\n3,4\n";
    await expect(read(text)).rejects.toThrow(
      'file: line 2, row 1, column "b" (byte 6): the value is missing: give --null mask',
    );
    expect((await read(text, { nulls: "-inf" })).rows[0]).toEqual([1, Number.NEGATIVE_INFINITY]);
    const { rows, mask } = await read(text, { nulls: "mask" });
    expect(rows[0]).toEqual([1, Number.NaN]);
    expect(mask).toEqual([1, 0, 1, 1]);
    expect((await read("a\n\n2\n", { nulls: "-inf" })).rows).toEqual([[Number.NEGATIVE_INFINITY], [2]]);
  });

  it("reads what others write for NaN and infinities, and warns of what is beyond a double", async () => {
    const reader = await openCsv(textOf("a,b,c\nnan,-inf,1e400\n1e-400,0e5,-0\n"), DEFAULTS, plainBuffers());
    expect((await readAll(reader)).rows).toEqual([
      [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      [0, 0, -0],
    ]);
    expect(reader.warnings).toEqual([
      "file: 2 numbers are beyond the range of a double: they became inf or 0",
    ]);
  });

  it("warns where a column by default is one of integers alone, as ids and labels are", async () => {
    const rows = (line: (row: number) => string) =>
      Array.from({ length: 12 }, (_, row) => line(row)).join("\n");
    const warningsOf = async (text: string, options: Partial<CsvOptions> = {}) => {
      const reader = await openCsv(textOf(text), { ...DEFAULTS, ...options }, plainBuffers());
      await readAll(reader);
      return reader.warnings;
    };
    const mixed = `id,a,b,label\n${rows((row) => `${row},0.5,${row === 7 ? 1.5 : 2},${row % 2}`)}\n`;
    expect(await warningsOf(mixed)).toEqual([
      "file: logits of id, label are integers in all rows: if they are none, name the logits with --columns, or what else to write with --keep",
    ]);
    expect(await warningsOf(mixed, { keep: ["id", "label"] })).toEqual([]);
    expect(await warningsOf(mixed, { columns: ["id", "a"] })).toEqual([]);
    expect(await warningsOf(`a,b\n${rows((row) => `${row},3`)}\n`)).toEqual([]);
  });

  it("cut anywhere is an error or fewer rows, and nothing else", async () => {
    const text = 'a,"b ""q""",c\n1,2.5e-1,"3"\n4,5,6\n';
    for (let length = 0; length < text.length; length++) {
      const result = await read(text.slice(0, length)).catch((error: unknown) => error);
      if (!(result instanceof DataError)) expect((result as Read).rows.length).toBeLessThan(3);
    }
  });

  it("writes as much as there is: a line for a row of nothing, and all of many bytes", async () => {
    const reader = { name: "x", type: "float64", kept: ["id"] } as unknown as Reader;
    const header: Header = { operation: "softmax", k: 1, reader, type: "float64" };
    const target = bytesTarget();
    const none = writeCsv({ ...header, reader: { ...reader, kept: [] } }, target);
    const release = () => {};
    await none.write({
      batch: { values: new Float64Array(), outer: 2, length: 0, inner: 1, release },
      values: new Float64Array(),
    });
    await none.end();
    expect(target.text()).toBe("\n\n\n");

    const large = bytesTarget();
    const rows = 60_000;
    const values = Float64Array.from({ length: 2 * rows }, (_, k) => 1 / (k + 3));
    const id = Array.from({ length: rows }, (_, row) => `ü,${row}`);
    const writer = writeCsv(header, large);
    await writer.write({
      batch: { values, outer: rows, length: 2, inner: 1, kept: new Map([["id", id]]), release },
      values,
    });
    await writer.end();
    const lines = id.map((text, row) => `"${text}",${values[2 * row]},${values[2 * row + 1]}`);
    expect(large.text() === `id,0,1\n${lines.join("\n")}\n`).toBe(true);
  });

  it("writes names, kept columns first, and numbers that read back", async () => {
    const text = 'id,a,b\n"x,1",0.1,-inf\n"y ""2""",nan,1e-7\n';
    const reader = await openCsv(textOf(text), { ...DEFAULTS, keep: ["id"] }, plainBuffers());
    const target = bytesTarget();
    const writer = writeCsv({ operation: "softmax", k: 1, reader, type: "float64" }, target);
    for await (const batch of reader.batches()) await writer.write(asResults(batch));
    await writer.end();
    expect(target.text()).toBe('id,a,b\n"x,1",0.1,-inf\n"y ""2""",nan,1e-7\n');
  });
});
