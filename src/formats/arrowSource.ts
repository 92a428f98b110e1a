/**
 * The bytes of Arrow's IPC format, as apache-arrow's reader of streams asks for them. A file is made a stream: its schema, its
 * dictionaries, its batches. So one reader reads both, a batch at a time, and bytes that are missing, which it takes for the end
 * (a cut prefix, a place behind the end of the file), are an error.
 */

import { rangeOf, type Shard } from "./arrays.js";
import { checkMessage, readFooter } from "./arrowMetadata.js";
import { DataError, UsageError } from "./errors.js";
import type { Input } from "./input.js";

/** Bytes in memory, or messages from a place of the input on. */
type Segment = { readonly bytes: Uint8Array } | { readonly from: number };

const CONTINUATION = 0xffffffff;
/** The metadata of a batch are some bytes for each column and buffer. */
const MOST_METADATA = 256 * 2 ** 20;

export function damaged(name: string, what: string, cause?: unknown): DataError {
  return new DataError(`${name}: not a readable Arrow file: ${what}`, { cause });
}

export class ArrowSource {
  position = 0;
  /** Whether all streams so far have an end mark. */
  isEnded = true;
  /** What the next bytes are. */
  private state: "prefix" | "length" | "metadata" | "body" = "prefix";
  private length = 0;
  /** Whether the body is a record batch, and not a dictionary, which batches after it need. */
  private isBatch = false;
  /** Memory for the bodies of record batches, one after the other. */
  private body: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Whether the message is one at a place of its own. */
  private isPlaced = false;

  private constructor(
    private readonly input: Input,
    /** Of a file; those of a stream follow each other. */
    private readonly segments: Segment[] | undefined,
  ) {}

  static async open(input: Input, shard: Shard | undefined): Promise<ArrowSource> {
    const { name, size, readAt } = input;
    const start = new TextDecoder("latin1").decode(await input.peek(8));
    if (start.startsWith("FEA1")) {
      throw new DataError(`${name}: Feather version 1: write it with feather.write_feather(…, version=2)`);
    }
    if (start.startsWith("ÿÿÿÿ")) {
      if (shard === undefined) return new ArrowSource(input, undefined);
      throw new UsageError(`${name}: --shard needs Arrow's format of files, and this is a stream`);
    }
    if (!start.startsWith("ARROW1")) {
      throw new DataError(
        `${name}: an Arrow file begins with ARROW1 and a stream with ff ff ff ff, got ${JSON.stringify(start)}`,
      );
    }
    if (size === undefined || readAt === undefined) {
      throw new UsageError(
        `${name}: this Arrow file has its index at its end: read it as a file, or pipe Arrow's format of streams`,
      );
    }
    const tail = new Uint8Array(10);
    if (
      size < 22 ||
      (await readAt.call(input, tail, size - 10)) < 10 ||
      new TextDecoder().decode(tail.subarray(4)) !== "ARROW1"
    ) {
      throw damaged(name, "truncated: it does not end with ARROW1");
    }
    const length = new DataView(tail.buffer).getInt32(0, true);
    if (length <= 0 || length > size - 18 || length > MOST_METADATA) {
      throw damaged(name, `its footer cannot have ${length} bytes`);
    }
    const bytes = new Uint8Array(length);
    await readAt.call(input, bytes, size - 10 - length);
    const footer = readable(name, () => readFooter(bytes));
    const { from, to } = rangeOf(footer.batches.length, shard);
    const places = [...footer.dictionaries, ...footer.batches.slice(from, to)];
    const wrong = places.find((place) => !(place >= 8 && place < size));
    if (wrong !== undefined) throw damaged(name, `its index has a message at byte ${wrong} of ${size}`);
    const prefix = new Uint8Array(Uint32Array.of(CONTINUATION, footer.schema.length).buffer);
    const schema = Buffer.concat([prefix, footer.schema]);
    return new ArrowSource(input, [
      { bytes: schema },
      ...places.map((from) => ({ from })),
      { bytes: new Uint8Array(prefix.buffer.slice(0)).fill(0, 4) },
    ]);
  }

  /** Exactly so many bytes, or null where there are none any more. Those of a record batch are lent until the next one is read. */
  async read(count: number): Promise<Uint8Array | null> {
    const { name } = this.input;
    if (count > 2 ** 32) throw damaged(name, `a message of ${count} bytes`);
    const bytes = await this.take(count);
    if (bytes === null && (this.state === "prefix" || count === 0)) return null;
    if (bytes === null || bytes.length < count) {
      throw damaged(name, `truncated: ${count} bytes of a message should follow, got ${bytes?.length ?? 0}`);
    }
    this.advance(bytes);
    return bytes;
  }

  private async take(count: number): Promise<Uint8Array | null> {
    const { input, segments } = this;
    const segment = segments?.[0];
    if (segments !== undefined && segment === undefined) return null;
    this.isPlaced = segment !== undefined && "from" in segment;
    if (segment !== undefined && "bytes" in segment) {
      const bytes = segment.bytes.slice(0, count);
      const rest = segment.bytes.subarray(count);
      if (rest.length > 0) segments?.splice(0, 1, { bytes: rest });
      else segments?.shift();
      return bytes;
    }
    const isFile = input.size !== undefined && input.readAt !== undefined;
    const at = segment?.from ?? this.position;
    const most = isFile ? Math.min(count, Math.max(0, (input.size as number) - at)) : count;
    const bytes = isFile ? this.memory(most) : await readAll(input, count);
    const got = isFile ? ((await input.readAt?.(bytes, at)) ?? 0) : bytes.length;
    if (segment === undefined) this.position = at + got;
    else segments?.splice(0, 1, { from: at + got });
    return got === 0 && count > 0 ? null : bytes.subarray(0, got);
  }

  /** The first use of memory costs more than to read into it, so that of record batches is used again. */
  private memory(bytes: number): Uint8Array<ArrayBuffer> {
    if (this.state !== "body" || !this.isBatch) return allocate(this.input.name, bytes);
    if (this.body.length < bytes) this.body = allocate(this.input.name, bytes);
    return this.body.subarray(0, bytes);
  }

  /** Follows what the reader does: a prefix, perhaps the length behind it, the metadata, the body. */
  private advance(bytes: Uint8Array): void {
    const { name } = this.input;
    if (this.state === "prefix" || this.state === "length") {
      const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
      if (this.state === "prefix" && value === CONTINUATION) {
        this.state = "length";
        return;
      }
      if (value > MOST_METADATA) throw damaged(name, `${value} bytes of metadata, which cannot be`);
      this.isEnded = value === 0;
      this.state = value === 0 ? "prefix" : "metadata";
      return;
    }
    if (this.state === "metadata") {
      const { length, isBatch } = readable(name, () => checkMessage(bytes));
      this.length = length;
      this.isBatch = isBatch;
    }
    const isDone = this.state === "body" || this.length === 0;
    this.state = isDone ? "prefix" : "body";
    if (isDone && this.isPlaced) this.segments?.shift();
  }
}

/** Runs what reads metadata: what it finds damaged becomes an error of the file. */
function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw damaged(name, `its metadata is damaged (${(error as Error).message})`, error);
  }
}

/** From a stream, whose length nobody has checked: memory grows with what comes, not with what was said. */
async function readAll(input: Input, count: number): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(count, 2 ** 20));
  for (let done = 0; ; ) {
    const got = await input.read(bytes.subarray(done));
    done += got;
    if (done < bytes.length || done === count) return bytes.subarray(0, done);
    const more = allocate(input.name, Math.min(count, 2 * done));
    more.set(bytes);
    bytes = more;
  }
}

function allocate(name: string, bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (error) {
    throw new DataError(
      `${name}: ${bytes} bytes of one batch are more than memory holds: write it in smaller batches`,
      {
        cause: error,
      },
    );
  }
}
