/** `softmax-wasm merge`: the parts of a file become one, if all of them are there and whole. */
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, extname, join, parse } from "node:path";
import { DataError, UsageError } from "../formats/errors.js";
import { formatHeader, headerLength, PREFIX, parseDictionary } from "../formats/npyHeader.js";
import { joinArrow, joinParquet } from "../formats/tableJoin.js";
import { sumsName } from "./longParts.js";
import { parsed } from "./options.js";
import { type Output, openOutput } from "./output.js";
import { type PartRecord, partName, readRecord, recordName, sha256Of } from "./shards.js";

const OPTIONS = {
  force: { type: "boolean", short: "f", default: false },
  "keep-parts": { type: "boolean", default: false },
  quiet: { type: "boolean", short: "q", default: false },
} as const;

export async function merge(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args, OPTIONS);
  if (positionals.length !== 1) {
    throw new UsageError(
      `merge needs the one name that the parts were written for, got ${positionals.length}`,
    );
  }
  const [target] = positionals;
  const n = countOf(target);
  const parts = Array.from({ length: n }, (_, at) => partName(target, { k: at + 1, n }));
  const records = parts.map((part) => readRecord(recordName(part)));
  const missing = parts.filter((part, at) => records[at] === undefined || !existsSync(part));
  if (missing.length > 0) {
    const shown = missing.slice(0, 5).map((part) => basename(part));
    throw new DataError(
      `${target}: ${missing.length} of ${n} parts are not done: ${shown.join(", ")}${missing.length > 5 ? ", …" : ""}`,
    );
  }
  const whole = records as PartRecord[];
  checkAlike(target, parts, whole);
  for (const [at, part] of parts.entries()) {
    if ((await sha256Of(part)) === whole[at].sha256) continue;
    throw new DataError(
      `${part}: it is not what its record says: remove it and its record, and score the part again`,
    );
  }
  const output = await openOutput(target, values.force);
  try {
    await joinParts(output, parts, whole);
    await output.commit();
  } catch (error) {
    await output.abandon();
    throw error;
  }
  if (!values["keep-parts"]) {
    for (const part of parts) {
      await rm(part);
      await rm(recordName(part));
      await rm(sumsName(part), { force: true });
    }
    await removeUnfinished(target);
  }
  const rows = whole.reduce((sum, record) => sum + record.rows, 0);
  if (!values.quiet) process.stderr.write(`${n} parts, ${rows.toLocaleString("en-US")} rows: ${target}\n`);
}

/** How many parts there are to be, by the names of those that are there. */
function countOf(target: string): number {
  const extension = extname(target);
  const stem = basename(target).slice(0, basename(target).length - extension.length);
  const folder = dirname(target);
  const counts = new Set<number>();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.startsWith(`${stem}.part-`)) continue;
    const [, count] = /^\d+-of-(\d+)/.exec(name.slice(stem.length + 6)) ?? [];
    if (count !== undefined) counts.add(Number(count));
  }
  if (counts.size === 1) return [...counts][0];
  if (counts.size === 0) throw new DataError(`${target}: there are no parts of it in ${join(folder, "")}`);
  throw new DataError(
    `${target}: there are parts of several cuts, of ${[...counts].join(" and of ")}: remove those that are not wanted, with their records`,
  );
}

/** What killed processes have left of the parts. While parts run these are others'; now there is nothing left to run. */
async function removeUnfinished(target: string): Promise<void> {
  const folder = dirname(target);
  const { name } = parse(target);
  for (const file of readdirSync(folder)) {
    if (file.startsWith(`${name}.part-`) && /\.\d+\.[0-9a-f]{8}\.tmp$/.test(file))
      await rm(join(folder, file), { force: true });
  }
}

/** All parts are of one input, by one version with one set of options, on backends that give the same bits. */
function checkAlike(target: string, parts: readonly string[], records: readonly PartRecord[]): void {
  const identity = ({ input, options, version, backend, format, shape }: PartRecord) =>
    JSON.stringify({ input, options, version, backend, format, shape });
  const odd = records.findIndex((record) => identity(record) !== identity(records[0]));
  if (odd < 0) return;
  throw new DataError(
    `${target}: ${basename(parts[odd])} is of another input, or by other options, another version or backend, than ${basename(parts[0])}`,
  );
}

async function joinParts(
  output: Output,
  parts: readonly string[],
  records: readonly PartRecord[],
): Promise<void> {
  const [{ format, shape }] = records;
  if (format === "parquet") return joinParquet(parts, output);
  if (format === "arrow" || format === "arrows") return joinArrow(parts, output, format === "arrows");
  for (const [at, part] of parts.entries()) {
    let skip = 0;
    if (format === "npy") {
      const header = await firstBytes(part);
      skip = headerLength(part, header.subarray(0, PREFIX));
      const { descr } = parseDictionary(part, header.subarray(0, skip));
      if (at === 0) await output.write(formatHeader(descr as "<f4", shape ?? [], false));
    } else if ((format === "csv" || format === "tsv") && at > 0) {
      // The names, which end with the first line feed outside of quotes.
      skip = namesLength(await firstBytes(part));
    }
    for await (const chunk of createReadStream(part, { start: skip }))
      await output.write(chunk as Uint8Array);
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of createReadStream(path, { end: 2 ** 20 })) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function namesLength(bytes: Uint8Array): number {
  let isQuoted = false;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === 34) isQuoted = !isQuoted;
    if (bytes[at] === 10 && !isQuoted) return at + 1;
  }
  return bytes.length;
}
