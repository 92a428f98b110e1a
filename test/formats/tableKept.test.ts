import { describe, expect, it } from "vitest";
import { openArrow } from "../../src/formats/arrow.js";
import { writeArrow } from "../../src/formats/arrowWriter.js";
import { openCsv } from "../../src/formats/csv.js";
import { writeCsv } from "../../src/formats/csvWriter.js";
import type { Header, Target, Writer } from "../../src/formats/format.js";
import { writeJsonLines } from "../../src/formats/jsonLinesWriter.js";
import { Moment } from "../../src/formats/tableKept.js";
import { fileOf, plainBuffers, textOf } from "../support/files.js";
import { fixture } from "./arrowFixtures.js";
import { DEFAULTS, rowsOf, written } from "./tableSupport.js";

describe("dates and points of time", () => {
  it.each([
    [0n, "d", false, "1970-01-01"],
    [-1n, "d", false, "1969-12-31"],
    [1n, "s", true, "1970-01-01T00:00:01Z"],
    [1500n, "ms", false, "1970-01-01T00:00:01.500"],
    [-1n, "us", true, "1969-12-31T23:59:59.999999Z"],
    [1767323045678901234n, "ns", true, "2026-01-02T03:04:05.678901234Z"],
    [2n ** 62n, "s", true, "4611686018427387904 s"],
  ] as const)("%s %s", (count, unit, isUtc, text) => {
    expect(String(new Moment(count, unit, isUtc))).toBe(text);
  });
});

describe("kept columns of tables", () => {
  const text = async (write: (header: Header, target: Target) => Writer) => {
    const keep = ["id", "s", "t", "day", "ok"];
    const reader = await openArrow(fileOf(fixture("cols.arrow")), { ...DEFAULTS, keep }, plainBuffers());
    return new TextDecoder().decode(await written(reader, write, "argmax")).split("\n");
  };

  it("are text in CSV and JSON Lines", async () => {
    const csv = await text((header, target) => writeCsv(header, target));
    expect(csv.slice(0, 2)).toEqual([
      "id,s,t,ok,day,argmax",
      "1,é,2026-01-02T03:04:05.678901Z,true,2026-01-02,0",
    ]);
    expect(csv[4]).toBe("1152921504606846976,a longer string than twelve,,true,2026-01-02,3");
    const json = await text((header, target) => writeJsonLines(header, target, "error"));
    expect(json[3]).toBe(
      '{"id":1152921504606846976,"s":"a longer string than twelve","t":null,"ok":true,"day":"2026-01-02","argmax":3}',
    );
  });

  it("of text are text in tables, whatever their values are", async () => {
    const options = {
      columns: undefined,
      keep: ["id"],
      type: "float64",
      nulls: "error",
      hasHeader: true,
      delimiter: ",",
    } as const;
    const reader = await openCsv(textOf("id,a\n1,2\n,3\n"), options, plainBuffers());
    const bytes = await written(reader, (header, target) => writeArrow(header, target, false));
    const rows = await rowsOf(await openArrow(fileOf(bytes), { ...DEFAULTS, keep: ["id"] }, plainBuffers()));
    expect(rows.map(({ values, kept }) => [kept.id, ...values])).toEqual([
      ["1", 2],
      ["", 3],
    ]);
  });
});
