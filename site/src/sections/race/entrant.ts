import type { Runner, Shape } from "./protocol.js";

export interface Task {
  readonly shape: Shape;
  /** Rows of logits. Nobody may write into them. */
  readonly x: Float32Array<ArrayBuffer>;
}

/** One way to compute the softmax of the rows, with its arrays, tensors and models made. */
export interface Way {
  /** Computes once. A promise is awaited before the next call. */
  run(): unknown;
  /** The probabilities. */
  read(): ArrayLike<number> | Promise<ArrayLike<number>>;
}

export interface Entrant extends Runner {
  /** Throws an error that says why not, where it cannot run here. */
  make(task: Task): Way | Promise<Way>;
}
