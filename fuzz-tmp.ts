import { openArrow } from "./src/formats/arrow.js";
import { openParquet } from "./src/formats/parquet.js";
import { DataError, UsageError } from "./src/formats/errors.js";
import { fileOf, plainBuffers, streamOf } from "./test/support/files.js";
import { fixture as arrowFixture } from "./test/formats/arrowFixtures.js";
import { fixture as parquetFixture } from "./test/formats/parquetFixtures.js";
import { rowsOf } from "./test/formats/tableSupport.js";
const KEPT = ["id", "s", "t", "ok", "day", "dict", "u8"];
const files: [string, string[]][] = [["cols.arrow", KEPT], ["cols.arrows", KEPT], ["cols.zstd.arrow", KEPT], ["cols.lz4.arrow", KEPT], ["half.arrow", []], ["largelist.arrow", []], ["fsl.arrow", []], ["fslnull.arrow", []], ["dictfloat.arrow", []], ["polars.lz4.arrow", ["s"]], ["list.arrow", ["n"]], ["view.arrow", ["s"]],
 ["cols.snappy.parquet", KEPT], ["cols.gzip.parquet", KEPT], ["cols.brotli.parquet", KEPT], ["cols.zstd.parquet", KEPT], ["cols.lz4.parquet", KEPT], ["cols.none.parquet", KEPT], ["colsv2.parquet", KEPT], ["colsnodict.parquet", KEPT], ["bss.parquet", ["id"]], ["half.parquet", []], ["list.parquet", ["n"]], ["listv2.parquet", ["n"]], ["fsl.parquet", []], ["req.parquet", []], ["pageslist.parquet", []], ["pageslistv2.parquet", []], ["polars.parquet", []], ["polarslist.parquet", []]];
const seen = new Map<string, number>();
for (const [name, keep] of files) {
  const isArrow = name.includes("arrow");
  const whole = isArrow ? arrowFixture(name) : parquetFixture(name);
  const t0 = performance.now();
  let n = 0, bad = 0, ok = 0;
  for (let at = 0; at < whole.length; at++) for (const x of [0x01, 0x80, 0xff, 0x7f, 0x10]) {
    const bytes = Uint8Array.from(whole); bytes[at] ^= x;
    const t = performance.now();
    const opts = { columns: undefined, field: undefined, keep, nulls: "mask" as const, dtype: undefined };
    try {
      const r = isArrow ? await openArrow(fileOf(bytes, "x"), opts, plainBuffers()) : await openParquet(fileOf(bytes, "x"), opts, plainBuffers());
      await rowsOf(r); ok++;
    } catch (e) {
      if (!(e instanceof DataError || e instanceof UsageError)) { bad++; const k = name + String((e as Error).stack).slice(0, 300); if (!seen.has(k)) console.log("BAD", name, at, x, (e as Error).stack); seen.set(k, 1); }
    }
    const ms = performance.now() - t;
    if (ms > 700) console.log("SLOW", name, at, x, ms | 0);
    n++;
  }
  console.log(name, whole.length, n, "ok", ok, "bad", bad, ((performance.now() - t0) / 1000).toFixed(1) + "s", (process.memoryUsage().rss / 2**20) | 0);
}
