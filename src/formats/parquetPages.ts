/**
 * The pages of one column in one row group, one after the other, decoded by hyparquet's functions for pages. Its readers of files
 * hold a whole row group, as boxed numbers: of a file of pyarrow's (a million rows in a group) with 1,000 columns some 8 GB. And
 * they take run lengths on trust: one wrong byte makes an array of 2^31 values, which ends the process. So pages are found, and
 * what a page says of itself is checked, here.
 */
import type { ColumnMetaData, Compressors } from "hyparquet";
import type { ColumnDecoder } from "hyparquet/src/types.js";
import type { Leaf } from "./parquetSchema.js";
import { peer } from "./peer.js";

export interface PageCodec {
  readonly column: typeof import("hyparquet/src/column.js");
  readonly pages: typeof import("hyparquet/src/datapage.js");
  readonly values: typeof import("hyparquet/src/convert.js");
  readonly plain: typeof import("hyparquet/src/plain.js");
  readonly compressors: Compressors;
}

export async function loadPageCodec(): Promise<PageCodec> {
  const { compressors } = await peer(
    "hyparquet-compressors",
    () => import("hyparquet-compressors"),
    "Reading Parquet",
  );
  const [column, pages, values, plain] = await Promise.all([
    import("hyparquet/src/column.js"),
    import("hyparquet/src/datapage.js"),
    import("hyparquet/src/convert.js"),
    import("hyparquet/src/plain.js"),
  ]);
  return { column, pages, values, plain, compressors };
}

type PageHeader = ReturnType<PageCodec["column"]["parquetHeader"]>;
type Decoded = Pick<
  ReturnType<PageCodec["pages"]["readDataPageV2"]>,
  "definitionLevels" | "repetitionLevels"
>;

/** Values of a page, without those that are missing, and the levels of all. */
export interface Page {
  readonly count: number;
  /** Undefined where nothing is missing. */
  readonly definition: ArrayLike<number> | undefined;
  /** Undefined where there are no lists. */
  readonly repetition: ArrayLike<number> | undefined;
  readonly values: ArrayLike<unknown>;
}

/** A page of more bytes, or of more values, no writer makes. */
const MOST_PAGE = 2 ** 30;
const MOST_VALUES = 2 ** 26;
/** Bytes of a header that are looked at first. */
const HEADER = 4096;

/** Counts as they are, and not as milliseconds. */
const same = (count: unknown) => count as Date;
const PARSERS = {
  timestampFromMilliseconds: same,
  timestampFromMicroseconds: same,
  timestampFromNanoseconds: same,
  dateFromDays: same,
};

export class PageReader {
  private at: number;
  private readonly end: number;
  private window = new Uint8Array(0);
  private windowAt = 0;
  private dictionary: ArrayLike<unknown> | undefined;
  private readonly decoder: ColumnDecoder;
  /** Values of the pages so far. */
  private count = 0;

  constructor(
    private readonly readAt: (bytes: Uint8Array, position: number) => Promise<number>,
    private readonly meta: ColumnMetaData,
    private readonly leaf: Leaf,
    private readonly codec: PageCodec,
    /** Bytes that are read at a time. */
    private readonly step: number,
    size: number,
  ) {
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    this.at = start;
    this.end = start + Number(meta.total_compressed_size);
    if (!(start >= 4 && this.end <= size && this.end >= start))
      throw new RangeError(`bytes ${start} to ${this.end} of ${size}`);
    const { element } = leaf.path[leaf.path.length - 1];
    const parsers = { ...codec.values.DEFAULT_PARSERS, ...PARSERS };
    this.decoder = { ...meta, pathInSchema: meta.path_in_schema, element, schemaPath: leaf.path, parsers };
  }

  /** The next page of values; undefined when all values have come. */
  async next(): Promise<Page | undefined> {
    const total = Number(this.meta.num_values);
    while (this.count < total && this.at < this.end) {
      const header = await this.header();
      const { compressed_page_size: size, uncompressed_page_size: whole } = header;
      if (!(size >= 0 && whole >= 0 && size <= MOST_PAGE && whole <= MOST_PAGE))
        throw new RangeError(`a page of ${size} bytes`);
      const bytes = await this.bytes(size);
      this.at += size;
      // Nothing of it is left: of many columns windows are as large as all that is read of them.
      if (this.at >= this.windowAt + this.window.length) this.window = new Uint8Array(0);
      if (header.type === "DICTIONARY_PAGE") this.readDictionary(bytes, header);
      else if (header.type === "DATA_PAGE" || header.type === "DATA_PAGE_V2") {
        const page = header.type === "DATA_PAGE" ? this.first(bytes, header) : this.second(bytes, header);
        this.count += page.count;
        if (page.count > 0) return page;
      }
    }
    if (this.count < total) throw new RangeError(`pages have ${this.count} values of ${total}`);
    return undefined;
  }

  private async header(): Promise<PageHeader> {
    for (let length = HEADER; ; length *= 8) {
      const bytes = await this.bytes(Math.min(length, this.end - this.at));
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
      try {
        const header = this.codec.column.parquetHeader(reader);
        this.at += reader.offset;
        return header;
      } catch (error) {
        if (bytes.length >= this.end - this.at) throw error;
      }
    }
  }

  /** Bytes from the place on, which a window of the file holds. */
  private async bytes(length: number): Promise<Uint8Array> {
    if (this.at + length > this.end) throw new RangeError("a page ends behind its column");
    const from = this.at - this.windowAt;
    if (from < 0 || from + length > this.window.length) {
      const wanted = Math.min(Math.max(length, this.step), this.end - this.at);
      this.window = new Uint8Array(wanted);
      this.windowAt = this.at;
      if ((await this.readAt(this.window, this.at)) < wanted)
        throw new RangeError("the file ends within a page");
    }
    const start = this.at - this.windowAt;
    return this.window.subarray(start, start + length);
  }

  /** In memory of its own: hyparquet's views are of all of it. */
  private decompress(bytes: Uint8Array, length: number): Uint8Array {
    const { codec } = this.meta;
    if (codec === "UNCOMPRESSED" || length === 0) return bytes.slice();
    if (this.codec.compressors[codec] === undefined) {
      throw new RangeError(`compression ${codec} is not read: write it with Snappy`);
    }
    const whole = this.codec.pages.decompressPage(bytes, length, codec, this.codec.compressors);
    return whole.byteLength === whole.buffer.byteLength ? whole : whole.slice();
  }

  private readDictionary(bytes: Uint8Array, header: PageHeader): void {
    const count = header.dictionary_page_header?.num_values ?? 0;
    const page = this.decompress(bytes, header.uncompressed_page_size);
    this.checkPlain(page, count);
    const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 };
    const { type_length } = this.decoder.element;
    const values = this.codec.plain.readPlain(reader, this.decoder.type, count, type_length);
    this.dictionary = this.codec.values.convert(values, this.decoder);
  }

  /** A page of version 1: levels and values are compressed together, each kind of levels behind its length. */
  private first(
    compressed: Uint8Array,
    { data_page_header: header, uncompressed_page_size }: PageHeader,
  ): Page {
    if (header === undefined) throw new RangeError("a page without its header");
    this.checkCount(header.num_values);
    const bytes = this.decompress(compressed, uncompressed_page_size);
    let at = 0;
    for (const most of [this.leaf.mostRepetition, this.leaf.mostDefinition]) {
      if (most === 0) continue;
      const start = at + 4;
      at = start + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
      if (at > bytes.length) throw new RangeError("levels end behind the page");
      checkRuns(bytes.subarray(start, at), widthOf(most), header.num_values);
    }
    const rest = bytes.subarray(at);
    this.checkValues(rest, header.encoding, header.num_values);
    const { dataPage, ...levels } = this.codec.pages.readDataPage(bytes, header, this.decoder);
    return this.page(levels, dataPage, header);
  }

  /** A page of version 2: levels stand before the values, never compressed. */
  private second(compressed: Uint8Array, whole: PageHeader): Page {
    const header = whole.data_page_header_v2;
    if (header === undefined) throw new RangeError("a page without its header");
    const { num_values: count, repetition_levels_byte_length: r, definition_levels_byte_length: d } = header;
    this.checkCount(count);
    const length = whole.uncompressed_page_size - r - d;
    if (!(r >= 0 && d >= 0 && r + d <= compressed.length && length >= 0))
      throw new RangeError("levels end behind the page");
    const { mostRepetition, mostDefinition } = this.leaf;
    if (mostRepetition > 0) checkRuns(compressed.subarray(0, r), 1, count);
    if (mostDefinition > 0) checkRuns(compressed.subarray(r, r + d), widthOf(mostDefinition), count);
    const rest = compressed.subarray(r + d);
    const values = header.is_compressed === false ? rest : this.decompress(rest, length);
    this.checkValues(values, header.encoding, count - header.num_nulls);
    const bytes = new Uint8Array(r + d + values.length);
    bytes.set(compressed.subarray(0, r + d));
    bytes.set(values, r + d);
    const plain = {
      ...whole,
      uncompressed_page_size: bytes.length,
      data_page_header_v2: { ...header, is_compressed: false },
    };
    const { dataPage, ...levels } = this.codec.pages.readDataPageV2(bytes, plain, this.decoder);
    return this.page(levels, dataPage, header);
  }

  private page(
    { definitionLevels, repetitionLevels }: Decoded,
    data: Parameters<PageCodec["values"]["convert"]>[0],
    {
      num_values: count,
      encoding,
    }: { num_values: number; encoding: Parameters<PageCodec["values"]["convertWithDictionary"]>[2] },
  ): Page {
    const { dictionary, leaf } = this;
    const isWhole = definitionLevels === undefined || definitionLevels.length === 0;
    let there = count;
    for (let k = 0; !isWhole && k < count; k++) if (definitionLevels[k] !== leaf.mostDefinition) there--;
    if (data.length !== there) throw new RangeError(`${data.length} values, and levels of ${there}`);
    const isIndices = encoding.endsWith("_DICTIONARY");
    if (isIndices && dictionary === undefined)
      throw new RangeError("a page needs a dictionary that there is not");
    for (let k = 0; isIndices && k < there; k++) {
      if (!((data[k] as number) < (dictionary as ArrayLike<unknown>).length)) {
        throw new RangeError(`index ${data[k]} in a dictionary of ${dictionary?.length}`);
      }
    }
    return {
      count,
      definition:
        there === count && leaf.mostRepetition === 0 ? undefined : isWhole ? undefined : definitionLevels,
      repetition: leaf.mostRepetition === 0 ? undefined : repetitionLevels,
      values: this.codec.values.convertWithDictionary(data, dictionary as never, encoding, this.decoder),
    };
  }

  private checkCount(count: number): void {
    if (!(count >= 0 && count <= MOST_VALUES && this.count + count <= Number(this.meta.num_values))) {
      throw new RangeError(`a page of ${count} values, after ${this.count} of ${this.meta.num_values}`);
    }
  }

  /** Of at most `count` values, as some may be missing. */
  private checkValues(bytes: Uint8Array, encoding: string, count: number): void {
    if (encoding.endsWith("_DICTIONARY") && bytes.length > 0) {
      if (bytes[0] > 31) throw new RangeError(`indices of ${bytes[0]} bits`);
      checkRuns(bytes.subarray(1), bytes[0], count);
    } else if (encoding === "RLE") checkRuns(bytes.subarray(4), 1, count);
  }

  private checkPlain(bytes: Uint8Array, count: number): void {
    if (!(count >= 0 && count <= 8 * bytes.length))
      throw new RangeError(`${count} values in ${bytes.length} bytes`);
  }
}

const widthOf = (most: number) => 32 - Math.clz32(most);

/**
 * Throws where the runs of levels or indices (run lengths and packed bits) go on behind `count` values. Where the bytes end before,
 * hyparquet throws.
 */
export function checkRuns(bytes: Uint8Array, width: number, count: number): void {
  for (let seen = 0, at = 0; seen < count && at < bytes.length; ) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      header += (byte & 127) * 2 ** shift;
      if (!(byte >= 128)) break;
      if (shift > 28) throw new RangeError("a run of no length");
    }
    const isPacked = header % 2 === 1;
    const run = Math.floor(header / 2) * (isPacked ? 8 : 1);
    // Packed bits fill a last group of 8, and with some writers one of 512.
    if (!(run > 0 && run <= count - seen + (isPacked ? 512 : 0)))
      throw new RangeError(`a run of ${run} values`);
    seen += run;
    at += isPacked ? (run / 8) * width : Math.ceil(width / 8);
  }
}
