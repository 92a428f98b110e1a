/** The fields of CSV, record by record. Numbers in their plain form are parsed as they are found; all else is for whoever asks. */
import type { Chunk } from "./chunks.js";
import { DataError } from "./errors.js";
import { POWERS } from "./numberText.js";

const QUOTE = 34;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const LINE_FEED = 10;
const RETURN = 13;

/** Integers below are exact. */
const EXACT = 2 ** 53;

/** What a field is: bytes, bytes with quotes among them, or a number that has been parsed. */
const TEXT = 0;
const QUOTED = 1;
const NUMBER = 2;

export class CsvScanner {
  /** Fields of the last record. */
  count = 0;
  /** Where each begins and ends, without quotes around it. */
  starts = new Int32Array(16);
  ends = new Int32Array(16);
  /** Lines of the last record: quotes may hold some. */
  lines = 1;
  /** The first byte after the last record. */
  end = 0;
  /** Of those that are numbers. None of them is 0 or infinite by rounding. */
  numbers = new Float64Array(16);
  private kinds = new Uint8Array(16);
  private readonly delimiter: number;

  constructor(
    delimiter: string,
    private readonly name: string,
  ) {
    this.delimiter = delimiter.charCodeAt(0);
  }

  /** Whether `numbers` has the field. Else it may be a number all the same, as `parseNumber` has them. */
  isNumber(field: number): boolean {
    return this.kinds[field] === NUMBER;
  }

  textOf(bytes: Uint8Array, field: number): string {
    const text = decoder.decode(bytes.subarray(this.starts[field], this.ends[field]));
    return this.kinds[field] === QUOTED ? text.replaceAll('""', '"') : text;
  }

  /** Whether the record has nothing in it. */
  get isBlank(): boolean {
    return this.count === 1 && this.starts[0] === this.ends[0];
  }

  /**
   * Finds the fields of the record that begins at `from`, on line `line`. False if there is none, or it goes on after the chunk.
   */
  scan(chunk: Chunk, from: number, line: number): boolean {
    const { delimiter } = this;
    const { padded: bytes, isLast } = chunk;
    const size = chunk.bytes.length;
    this.lines = 1;
    if (from >= size) return false;
    let at = from;
    for (let field = 0; ; field++) {
      if (field === this.starts.length) this.grow();
      const start = at;
      let byte = bytes[at];
      let kind = TEXT;
      if (byte === QUOTE) {
        kind = QUOTED;
        at = this.scanQuoted(chunk, at, line, field);
        if (at < 0) return false;
      } else {
        const isNegative = byte === MINUS;
        if (isNegative || byte === PLUS) byte = bytes[++at];
        const first = at;
        let mantissa = 0;
        for (; byte >= ZERO && byte <= ZERO + 9; byte = bytes[++at]) mantissa = 10 * mantissa + (byte - ZERO);
        let digits = at - first;
        let decimals = 0;
        if (byte === POINT) {
          const point = ++at;
          for (byte = bytes[at]; byte >= ZERO && byte <= ZERO + 9; byte = bytes[++at]) {
            mantissa = 10 * mantissa + (byte - ZERO);
          }
          decimals = at - point;
          digits += decimals;
        }
        let end = at;
        if (byte === RETURN && bytes[at + 1] === LINE_FEED) byte = bytes[++at];
        const isWhole = byte === delimiter || byte === LINE_FEED;
        if (isWhole && digits > 0 && mantissa < EXACT && decimals < POWERS.length) {
          // An integer below 2^53 over an exact power of ten is rounded once (Clinger 1990).
          const number = mantissa / POWERS[decimals];
          kind = NUMBER;
          this.numbers[field] = isNegative ? -number : number;
        } else {
          while (at < size && bytes[at] !== delimiter && bytes[at] !== LINE_FEED) at++;
          if (at >= size && !isLast) return false;
          end = bytes[at] !== delimiter && at > start && bytes[at - 1] === RETURN ? at - 1 : at;
        }
        this.starts[field] = start;
        this.ends[field] = end;
      }
      this.kinds[field] = kind;
      if (at >= size || bytes[at] !== delimiter) {
        this.count = field + 1;
        this.end = Math.min(at + 1, size);
        return true;
      }
      at++;
    }
  }

  /** Where the field that begins with a quote ends, or -1 if it goes on after these bytes. */
  private scanQuoted(chunk: Chunk, from: number, line: number, field: number): number {
    const { padded: bytes, isLast } = chunk;
    const size = chunk.bytes.length;
    let at = from + 1;
    for (; at < size; at++) {
      if (bytes[at] === LINE_FEED) this.lines++;
      if (bytes[at] !== QUOTE) continue;
      if (bytes[at + 1] !== QUOTE) break;
      at++;
    }
    // Another quote may follow, or a return and a line feed.
    if (at >= size - 2 && !isLast) return -1;
    if (at >= size) throw new DataError(`${this.name}: line ${line}: a quote is not closed`);
    this.starts[field] = from + 1;
    this.ends[field] = at++;
    if (bytes[at] === RETURN && (at + 1 === size || bytes[at + 1] === LINE_FEED)) at++;
    if (at < size && bytes[at] !== this.delimiter && bytes[at] !== LINE_FEED) {
      throw new DataError(
        `${this.name}: line ${line}: after a closing quote there must be a comma or the end of the line`,
      );
    }
    return at;
  }

  private grow(): void {
    const longer = <A extends Int32Array | Uint8Array | Float64Array>(old: A): A => {
      const all = new (old.constructor as new (length: number) => A)(2 * old.length);
      all.set(old);
      return all;
    };
    this.starts = longer(this.starts);
    this.ends = longer(this.ends);
    this.kinds = longer(this.kinds);
    this.numbers = longer(this.numbers);
  }
}

const decoder = /* @__PURE__ */ new TextDecoder();
