/** Numbers, from 1 on, for the SharedArrayBuffers that threads know. A buffer keeps its number for as long as somebody holds it. */
export class Buffers {
  private readonly numbers = new WeakMap<ArrayBufferLike, number>();
  private readonly held = new Map<number, WeakRef<ArrayBufferLike>>();
  private readonly registry: FinalizationRegistry<number>;
  private last = 0;

  constructor(
    private readonly tell: (number: number, buffer: ArrayBufferLike) => void,
    drop: (number: number) => void,
  ) {
    this.registry = new FinalizationRegistry((number) => {
      this.held.delete(number);
      drop(number);
    });
  }

  /** Undefined if the memory of the array is not shared. */
  numberOf({ buffer }: ArrayBufferView): number | undefined {
    // By its tag: a buffer may come from another realm.
    if (Object.prototype.toString.call(buffer) !== "[object SharedArrayBuffer]") return undefined;
    let number = this.numbers.get(buffer);
    if (number === undefined) {
      number = ++this.last;
      this.numbers.set(buffer, number);
      this.held.set(number, new WeakRef(buffer));
      this.registry.register(buffer, number);
      this.tell(number, buffer);
    }
    return number;
  }

  /** The buffer of a number. A pending call must hold it. */
  bufferOf(number: number): ArrayBufferLike {
    const buffer = this.held.get(number)?.deref();
    if (buffer === undefined) throw new Error(`there is no buffer ${number}`);
    return buffer;
  }

  /** Tells new threads of all buffers. */
  tellAgain(): void {
    for (const [number, held] of this.held) {
      const buffer = held.deref();
      if (buffer !== undefined) this.tell(number, buffer);
    }
  }
}
