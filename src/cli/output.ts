/**
 * Where results go. A file is written under another name beside its target and renamed when it is whole, so nothing half-written
 * ever stands under the target's name.
 */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync, statSync, unlinkSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "../formats/errors.js";
import type { Target } from "../formats/format.js";

export interface Output extends Target {
  /** Bytes written. */
  readonly bytes: number;
  /** Makes the results visible. */
  commit(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** Files that are not whole, to be removed when the process is told to end. */
const unfinished = new Set<string>();

/** At a signal, as the last thing that is done. */
export function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path);
    } catch {
      // It is gone already.
    }
  }
  unfinished.clear();
}

/** Throws unless a file may be written to `path`. */
export function checkTarget(path: string, force: boolean): void {
  if (!existsSync(path)) {
    if (existsSync(dirname(path))) return;
    throw new UsageError(`${path}: there is no directory ${dirname(path)}`);
  }
  if (statSync(path).isDirectory())
    throw new UsageError(`${path}: it is a directory: end it with / to write into it`);
  if (!force) throw new UsageError(`${path}: it exists already: give --force to replace it`);
}

export async function openOutput(path: string, force: boolean): Promise<Output> {
  checkTarget(path, force);
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  // Created at once, so that no signal comes between the file and its name in the list.
  closeSync(openSync(temporary, "wx"));
  unfinished.add(temporary);
  return new FileOutput(path, temporary, await open(temporary, "r+"), force);
}

/** A record, which replaces one that stands there. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const output = await openOutput(path, true);
  try {
    await output.write(new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
    await output.commit();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

class FileOutput implements Output {
  bytes = 0;

  constructor(
    private readonly path: string,
    private readonly temporary: string,
    private readonly file: FileHandle,
    private readonly force: boolean,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    await this.writeAt(bytes, this.bytes);
  }

  async writeAt(bytes: Uint8Array, position: number): Promise<void> {
    // On a full disk a write may take a part of the bytes without an error; the next one then says ENOSPC.
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.file
        .write(bytes, done, bytes.length - done, position + done)
        .catch((error) => {
          throw Object.assign(error, { path: this.path });
        });
      done += bytesWritten;
    }
    this.bytes = Math.max(this.bytes, position + bytes.length);
  }

  async commit(): Promise<void> {
    await this.file.sync();
    await this.file.close();
    checkTarget(this.path, this.force);
    await rename(this.temporary, this.path);
    unfinished.delete(this.temporary);
    await syncDirectory(dirname(this.path));
  }

  async abandon(): Promise<void> {
    await this.file.close().catch(() => {});
    if (!unfinished.delete(this.temporary)) return;
    try {
      unlinkSync(this.temporary);
    } catch {
      // Whatever the reason, the one that matters has been thrown.
    }
  }
}

/** So that the new name is on the disk too. Some systems cannot open a directory. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const directory = await open(path, "r");
    await directory.sync().finally(() => directory.close());
  } catch {
    // The file itself is on the disk.
  }
}

/** Standard output. */
export function standardOutput(stream: NodeJS.WriteStream): Output {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    write(chunk) {
      bytes += chunk.length;
      // A copy: the writer uses its memory again, and a stream may keep what it has taken.
      return new Promise((resolve, reject) => {
        stream.write(chunk.slice(), (error) => (error ? reject(error) : resolve()));
      });
    },
    async commit() {},
    async abandon() {},
  };
}
