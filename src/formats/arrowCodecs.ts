/** Compression of Arrow's buffers: by node:zlib and by packages that are loaded when a file needs them. */
import * as zlib from "node:zlib";
import type * as Arrow from "apache-arrow";
import { peer } from "./peer.js";

/** In Node from 22.15. */
interface Zstd {
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

/** More than this in one buffer no batch has that memory could hold. */
const MOST = 2 ** 32;

const INSTEAD = ", or write the file uncompressed";

/**
 * Gives apache-arrow what decompresses its buffers. It calls without waiting, so the packages are loaded before; one that is
 * missing is an error when a batch needs it. lz4js is not used: it takes the checksums of blocks, which Polars writes, for data.
 */
export async function registerCodecs({ compressionRegistry, CompressionType }: typeof Arrow): Promise<void> {
  const lz4 = await later(() =>
    peer("lz4-napi", () => import("lz4-napi"), "Arrow compressed by LZ4", INSTEAD),
  );
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    decode: (frame) =>
      plain(lz4().decompressFrameSync(Buffer.from(frame.buffer, frame.byteOffset, frame.length))),
  });
  const { zstdDecompressSync } = zlib as Zstd;
  if (zstdDecompressSync !== undefined) {
    compressionRegistry.set(CompressionType.ZSTD, {
      decode: (frame) => plain(zstdDecompressSync(frame, { maxOutputLength: MOST })),
    });
    return;
  }
  const fzstd = await later(() =>
    peer("fzstd", () => import("fzstd"), "Arrow compressed by Zstandard, on Node before 22.15,", INSTEAD),
  );
  compressionRegistry.set(CompressionType.ZSTD, { decode: (frame) => plain(fzstd().decompress(frame)) });
}

/** What was loaded, or its error once it is asked for. */
async function later<T>(load: () => Promise<T>): Promise<() => T> {
  try {
    const loaded = await load();
    return () => loaded;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Not a Buffer, whose slice() is no copy and whose memory may begin anywhere. */
function plain(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : Uint8Array.from(bytes);
}
