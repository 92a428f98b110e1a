/** Rows of a column of Parquet, from its pages: as many at a time as are asked for. */
import type { FloatArray } from "../types.js";
import type { Page, PageReader } from "./parquetPages.js";
import type { Leaf } from "./parquetSchema.js";
import type { Lists, Values } from "./tableBatches.js";
import { type KeptType, Moment } from "./tableKept.js";

/** A page, and how many of its values have been taken: of all, and of those that are there. */
interface Place {
  readonly page: Page;
  at: number;
  there: number;
}

abstract class Column {
  private place: Place | undefined;

  constructor(
    private readonly pages: PageReader,
    protected readonly leaf: Leaf,
  ) {}

  /** Throws if values are left over. */
  async end(): Promise<void> {
    if ((await this.current()) !== undefined) throw new RangeError("a column has more values than rows");
  }

  protected async current(): Promise<Place | undefined> {
    if (this.place === undefined || this.place.at === this.place.page.count) {
      const page = await this.pages.next();
      this.place = page && { page, at: 0, there: 0 };
    }
    return this.place;
  }

  protected floatsOf(length: number): FloatArray {
    const { element } = this.leaf.path[this.leaf.path.length - 1];
    return element.type === "DOUBLE" ? new Float64Array(length) : new Float32Array(length);
  }
}

/** A column of floats, or one that is kept: a value per row. */
export class FlatColumn extends Column {
  async floats(rows: number): Promise<Values> {
    const values = this.floatsOf(rows);
    let valid: Uint8Array | undefined;
    await this.each(rows, (page, there, from, count, missing) => {
      const all = page.values as ArrayLike<number>;
      if (missing === undefined) {
        if (ArrayBuffer.isView(all)) values.set((all as FloatArray).subarray(there, there + count), from);
        else for (let k = 0; k < count; k++) values[from + k] = all[there + k];
        return;
      }
      valid ??= new Uint8Array(rows).fill(1);
      for (let k = 0, at = there; k < count; k++) {
        if (missing(k)) valid[from + k] = 0;
        else values[from + k] = all[at++];
      }
    });
    return { values, valid };
  }

  async kept(rows: number, type: KeptType): Promise<unknown[]> {
    const kept: unknown[] = [];
    await this.each(rows, (page, there, _, count, missing) => {
      for (let k = 0, at = there; k < count; k++)
        kept.push(missing?.(k) ? null : keptValue(page.values[at++], type));
    });
    return kept;
  }

  /** Calls with parts of pages: the first value there, the first row, and how many rows. */
  private async each(
    rows: number,
    take: (page: Page, there: number, from: number, count: number, missing?: (k: number) => boolean) => void,
  ): Promise<void> {
    for (let done = 0; done < rows; ) {
      const place = await this.current();
      if (place === undefined) throw new RangeError("a column has fewer values than rows");
      const { page, at } = place;
      const { definition } = page;
      const count = Math.min(rows - done, page.count - at);
      const missing = definition && ((k: number) => definition[at + k] !== this.leaf.mostDefinition);
      take(page, place.there, done, count, missing);
      place.there += count;
      for (let k = 0; missing !== undefined && k < count; k++) if (missing(k)) place.there--;
      place.at += count;
      done += count;
    }
  }
}

/** A column of lists. A list may go on in the next page. */
export class ListColumn extends Column {
  /** The next lists: exactly so many. */
  async lists(rows: number): Promise<Omit<Lists, "field">> {
    const { mostDefinition, elementLevel, listLevel } = this.leaf;
    const offsets = new Float64Array(rows + 1);
    const present = new Uint8Array(rows).fill(1);
    let values = this.floatsOf(0);
    let valid = new Uint8Array(0);
    let row = -1;
    let length = 0;
    for (let place = await this.current(); place !== undefined; place = await this.current()) {
      const { page } = place;
      const { definition, repetition } = page;
      const floats = page.values as ArrayLike<number>;
      const more = length + page.count - place.at;
      if (values.length < more) {
        const longer = this.floatsOf(Math.max(more, 2 * length));
        longer.set(values);
        values = longer;
        const flags = new Uint8Array(values.length).fill(1);
        flags.set(valid);
        valid = flags;
      }
      for (; place.at < page.count; place.at++) {
        const level = definition === undefined ? mostDefinition : definition[place.at];
        if (repetition === undefined || repetition[place.at] === 0) {
          if (row === rows - 1) break;
          offsets[++row] = length;
          if (level < listLevel) present[row] = 0;
        } else if (row < 0 || level < elementLevel) throw new RangeError("a list goes on that has not begun");
        if (level < elementLevel) continue;
        if (level === mostDefinition) values[length++] = floats[place.there++];
        else valid[length++] = 0;
      }
      if (place.at < page.count) break;
    }
    if (row !== rows - 1) throw new RangeError(`a column has ${row + 1} lists of ${rows}`);
    offsets[rows] = length;
    valid = valid.subarray(0, length);
    return {
      values: values.subarray(0, length),
      valid: valid.includes(0) ? valid : undefined,
      offsets,
      present: present.includes(0) ? present : undefined,
    };
  }
}

function keptValue(value: unknown, type: KeptType): unknown {
  return type.kind === "moment"
    ? new Moment(BigInt(value as bigint), type.unit, type.zone !== undefined)
    : value;
}
