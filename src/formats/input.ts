/** Bytes of a file, at any place, or of a stream, one after the other. */
import { type FileHandle, open } from "node:fs/promises";
import { DataError } from "./errors.js";

export interface Input {
  /** What messages call it. */
  readonly name: string;
  readonly size: number | undefined;
  /** Bytes read so far. */
  readonly position: number;
  /** Fills `bytes` with what follows, and says how many there were: fewer only at the end. */
  read(bytes: Uint8Array): Promise<number>;
  /** The next `count` bytes, or as many as there are. They are read again. */
  peek(count: number): Promise<Uint8Array>;
  /** The same from any place of a file. A stream has none. */
  readonly readAt?: ((bytes: Uint8Array, position: number) => Promise<number>) | undefined;
  /** Ends a `read` that waits, too. */
  close(): Promise<void>;
}

export async function openFile(path: string): Promise<Input> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw cannotRead(path, error);
  }
  const stats = await file.stat();
  if (stats.isDirectory()) {
    await file.close();
    throw new DataError(`${path}: it is a directory: name files, as in ${path}/*.npy`);
  }
  return stats.isFile()
    ? new FileInput(path, file, stats.size)
    : new StreamInput(path, file.createReadStream());
}

function cannotRead(path: string, error: unknown): DataError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "it may not be read" : message;
  return new DataError(`${path}: ${reason}`, { cause: error });
}

class FileInput implements Input {
  position = 0;

  constructor(
    readonly name: string,
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  async read(bytes: Uint8Array): Promise<number> {
    return this.readAt(bytes, this.position);
  }

  async readAt(bytes: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await this.file
        .read(bytes, done, bytes.length - done, position + done)
        .catch((error) => {
          throw cannotRead(this.name, error);
        });
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    this.position = position + done;
    return done;
  }

  async peek(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    const { position } = this;
    const first = bytes.subarray(0, await this.readAt(bytes, position));
    this.position = position;
    return first;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Standard input, a pipe, or any other stream of bytes. */
export class StreamInput implements Input {
  readonly size = undefined;
  position = 0;
  /** What has come of the stream and has not been read. */
  private rest: Uint8Array = new Uint8Array(0);
  private readonly chunks: AsyncIterator<Uint8Array>;

  constructor(
    readonly name: string,
    private readonly stream: AsyncIterable<Uint8Array> & { destroy?(): unknown },
  ) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  async read(bytes: Uint8Array): Promise<number> {
    let done = 0;
    while (done < bytes.length) {
      if (this.rest.length === 0) {
        const next = await this.chunks.next();
        if (next.done) break;
        this.rest = next.value;
        continue;
      }
      const taken = this.rest.subarray(0, bytes.length - done);
      bytes.set(taken, done);
      done += taken.length;
      this.rest = this.rest.subarray(taken.length);
    }
    this.position += done;
    return done;
  }

  async peek(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    const first = bytes.subarray(0, await this.read(bytes));
    this.rest = Buffer.concat([first, this.rest]);
    this.position -= first.length;
    return first;
  }

  async close(): Promise<void> {
    // By itself, the iterator would wait for what its stream may never give.
    this.stream.destroy?.();
    await this.chunks.return?.();
  }
}
