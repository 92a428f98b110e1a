/** Text on its way into a file, as bytes in memory that is used again. */
export class TextBytes {
  private bytes: Uint8Array = new Uint8Array(2 ** 16);
  /** Bytes so far. */
  length = 0;

  /** Adds characters below 128 only, such as those of numbers: short ones are copied faster than a TextEncoder is called. */
  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes, length } = this;
    for (let k = 0; k < text.length; k++) bytes[length + k] = text.charCodeAt(k);
    this.length += text.length;
  }

  text(text: string): void {
    this.reserve(3 * text.length);
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written;
  }

  /** Overwrites what `ascii` or `text` has added last: a comma becomes the end of a line. */
  replaceLast(byte: number): void {
    this.bytes[this.length - 1] = byte;
  }

  /** All so far. Good until more is added. */
  take(): Uint8Array {
    const all = this.bytes.subarray(0, this.length);
    this.length = 0;
    return all;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const longer = new Uint8Array(Math.max(2 * this.bytes.length, this.length + more));
    longer.set(this.bytes.subarray(0, this.length));
    this.bytes = longer;
  }
}

const encoder = /* @__PURE__ */ new TextEncoder();
