/**
 * Parts of a job that several machines share. A part's output has a record beside it, written last: a part is done when its record
 * is there. Nothing is run exactly once by any queue or scheduler, so a part that is done is left as it is, and one that runs
 * twice gives the same bytes.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { extname } from "node:path";
import type { Shard } from "../formats/arrays.js";
import type { ScoreArguments } from "./arguments.js";
import type { FormatName } from "./reading.js";
import { version } from "./version.js";

export interface PartRecord {
  readonly part: number;
  readonly of: number;
  readonly input: InputIdentity;
  /** What the result depends on. */
  readonly options: { readonly [name: string]: unknown };
  readonly version: string;
  readonly backend: string;
  readonly format: FormatName;
  /** Of the whole array, where the format has one. */
  readonly shape?: readonly number[] | undefined;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface InputIdentity {
  readonly name: string;
  readonly size: number;
  /** Of the first and the last 64 KiB. */
  readonly sha256: string;
}

/** The name of a part of a file: p.part-003-of-010.npy of p.npy. */
export function partName(path: string, { k, n }: Shard): string {
  const extension = extname(path);
  const digits = String(n).length;
  const place = String(k).padStart(digits, "0");
  return `${path.slice(0, path.length - extension.length)}.part-${place}-of-${n}${extension}`;
}

export function recordName(part: string): string {
  return `${part}.json`;
}

export function readRecord(path: string): PartRecord | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as PartRecord;
  } catch {
    // Not whole, or not ours: then the part is not done.
    return undefined;
  }
}

/** Whether the part has been computed from this input with these options, and is still there. */
export function isDone(part: string, record: PartRecord | undefined, wanted: Partial<PartRecord>): boolean {
  if (record === undefined || !existsSync(part) || statSync(part).size !== record.bytes) return false;
  return isOf({ ...record }, wanted);
}

/** Whether a record says what is wanted. */
export function isOf(record: { readonly [name: string]: unknown }, wanted: Partial<PartRecord>): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => JSON.stringify(record[name]) === JSON.stringify(value),
  );
}

/** What the record of a part says before it is computed. */
export type Wanted = Awaited<ReturnType<typeof wantedOf>>;

export async function wantedOf(input: string, { k, n }: Shard, settings: ScoreArguments, backend: string) {
  const options = optionsOf(settings);
  return { part: k, of: n, input: await identityOf(input), options, version: version(), backend };
}

/** What tells an input from another one of its name. */
export async function identityOf(path: string): Promise<InputIdentity> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const hash = createHash("sha256");
    const edge = Buffer.alloc(65536);
    for (const position of [0, Math.max(0, size - edge.length)]) {
      const { bytesRead } = await file.read(edge, 0, edge.length, position);
      hash.update(edge.subarray(0, bytesRead));
    }
    return { name: path, size, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** The options that a part's bytes depend on. */
export function optionsOf(settings: ScoreArguments): PartRecord["options"] {
  const { operation, k, temperature, axis, columns, keep, dtype, length, isBigEndian, field } = settings;
  const { nulls, nonFinite, hasHeader, to } = settings;
  const all = { operation, k, temperature, axis, columns, keep, dtype, length, isBigEndian, field };
  return { ...all, nulls, nonFinite, hasHeader, to };
}
