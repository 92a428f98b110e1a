/**
 * Long lanes over several parts, in two rounds: each part writes the sums of its chunks, and a part for which all sums are there
 * finishes its chunks. Nothing joins the rounds but a count of files, so a part is started again until it can go on.
 */
import { existsSync, readFileSync } from "node:fs";
import type { ArrayReader } from "../formats/arrays.js";
import { LogSumExp, type LogSumExpState } from "../index.js";
import type { SumChunks } from "./longLanes.js";
import { writeJson } from "./output.js";
import { isOf, partName, type Wanted } from "./shards.js";

/** The part has done what it can, and others have not. */
export class NotYetError extends Error {
  override readonly name = "NotYetError";
}

/** EX_TEMPFAIL of sysexits.h. */
export const TRY_AGAIN = 75;

/** Beside a part, until all have been joined. */
export function sumsName(part: string): string {
  return `${part}.sums.json`;
}

/** The sums that all parts have written, this one included. */
export async function sumsOfAll(
  reader: ArrayReader,
  target: string,
  wanted: Wanted,
  sumsHere: SumChunks,
): Promise<SumChunks> {
  const { part, of } = wanted;
  const pathOf = (place: number) => sumsName(partName(target, { k: place, n: of }));
  if (readSums(pathOf(part), wanted) === undefined) {
    await writeJson(pathOf(part), { ...wanted, sums: await sumsHere(reader.chunkRange) });
  }
  const all = Array.from({ length: of }, (_, k) => readSums(pathOf(k + 1), { ...wanted, part: k + 1 }));
  const there = all.filter((sums) => sums !== undefined);
  if (there.length < of) {
    throw new NotYetError(
      `${target}: ${there.length} of ${of} parts have summed their chunks of the long rows: start this part again when all have`,
    );
  }
  const sums = there.flat().map((state) => LogSumExp.from(state));
  return async ({ from, to }) => sums.slice(from, to);
}

function readSums(path: string, wanted: Wanted): LogSumExpState[] | undefined {
  if (!existsSync(path)) return undefined;
  const record = JSON.parse(readFileSync(path, "utf8"));
  return isOf(record, wanted) ? record.sums : undefined;
}
