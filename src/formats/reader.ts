import type { Batch, ComputeType, Reader } from "./format.js";
import type { Input } from "./input.js";

/** A reader of one input. */
export abstract class InputReader implements Reader {
  abstract readonly type: ComputeType;

  constructor(protected readonly input: Input) {}

  get name(): string {
    return this.input.name;
  }

  get size(): number | undefined {
    return this.input.size;
  }

  get position(): number {
    return this.input.position;
  }

  abstract batches(): AsyncIterable<Batch>;

  close(): Promise<void> {
    return this.input.close();
  }
}
