import { OutOfMemory, type Tile, type Tiles } from "./tiles.js";

/** A call whose tiles go through the threads one by one. */
export class Call {
  private next = 0;
  private inWork = 0;
  private failure: Error | undefined;
  private hasEnded = false;

  constructor(
    private readonly operation: string,
    private readonly tiles: Tiles,
    /** Called once, when everything is done, or when something has failed and nothing is in work. */
    private readonly end: (failure?: Error) => void,
  ) {}

  /** Whether there are tiles that the threads have not had. */
  get hasMore(): boolean {
    return this.failure === undefined && this.next < this.tiles.plan.tiles;
  }

  /** Whether the calling thread copies arrays. */
  get isStaged(): boolean {
    return this.tiles.plan.isStaged;
  }

  get isOver(): boolean {
    return this.inWork === 0 && !this.hasMore;
  }

  /** Makes the next tile. Undefined if the call has failed, or if it `mayWait` and there is no memory now. */
  take(mayWait: boolean): Tile | undefined {
    try {
      const tile = this.tiles.make(this.next);
      this.next++;
      this.inWork++;
      return tile;
    } catch (cause) {
      if (!mayWait || !(cause instanceof OutOfMemory)) this.fail(this.explained(cause));
      return undefined;
    }
  }

  /** Takes the results of one of its tiles. */
  collect(tile: Tile, hasFailed: boolean): void {
    this.inWork--;
    if (hasFailed) this.failure ??= new Error(`${this.operation}: a thread has failed`);
    try {
      if (this.failure === undefined) tile.collect();
    } catch (cause) {
      this.failure = this.explained(cause);
    }
    tile.release();
    this.endOnce();
  }

  /** Ends the call, as soon as nothing of it is in work any more. */
  fail(failure: Error): void {
    this.failure ??= failure;
    this.endOnce();
  }

  private endOnce(): void {
    if (!this.isOver || this.hasEnded) return;
    this.hasEnded = true;
    this.end(this.failure);
  }

  private explained(cause: unknown): Error {
    const message = `${this.operation}: ${(cause as Error).message}`;
    return cause instanceof OutOfMemory
      ? new RangeError(`${message}, and there is no room to stage the arguments in`, { cause })
      : new TypeError(message, { cause });
  }
}
