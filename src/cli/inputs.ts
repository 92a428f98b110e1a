/** Which files are scored, and where the results of each go. */
import { existsSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { glob } from "tinyglobby";
import { DataError, UsageError } from "../formats/errors.js";
import type { ScoreArguments } from "./arguments.js";
import { extensionOf } from "./files.js";

/** The bytes of all inputs together. */
export function sizeOf(inputs: readonly string[]): number {
  return inputs.reduce((bytes, input) => {
    const stats = statSync(input, { throwIfNoEntry: false });
    return bytes + (stats?.isFile() ? stats.size : Number.POSITIVE_INFINITY);
  }, 0);
}

/** Patterns that the shell has left, and names as they are. */
export async function expand(inputs: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const input of inputs) {
    if (input === "-" || existsSync(input) || !/[*?[{]/.test(input)) {
      all.push(input);
      continue;
    }
    const found = await glob(input, { absolute: false, expandDirectories: false });
    if (found.length === 0) throw new DataError(`${input}: no file has such a name`);
    all.push(...found.sort());
  }
  return all;
}

/** The file for the results of an input. Undefined for standard output. */
export function targetOf(input: string, count: number, settings: ScoreArguments): string | undefined {
  const { output, to } = settings;
  if (output === undefined) {
    if (count > 1) throw new UsageError("several inputs need an output directory: give -o DIR/");
    return undefined;
  }
  const isDirectory = output.endsWith("/") || (existsSync(output) && statSync(output).isDirectory());
  if (!isDirectory) {
    if (count > 1) throw new UsageError(`several inputs need an output directory: end ${output} with /`);
    return output;
  }
  if (input === "-") throw new UsageError("results of standard input need a name: give -o FILE");
  const name = basename(input);
  const stem = name.slice(0, name.length - extname(name).length);
  return join(output, to === undefined ? name : stem + extensionOf(to));
}
