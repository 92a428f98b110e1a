/** The sizes from which threads share calls, and by which calls are cut for them. Tests take smaller ones. */
export interface Limits {
  /**
   * Bytes of x from which threads share a call. Below, the calling thread is done before they have woken up, and before a
   * promise could tell it (measured: 20 to 70 µs each way).
   */
  readonly shared: number;
  /** The same where the calling thread first has to copy arrays. */
  readonly staged: number;
  /** The same where it copies, and then waits and computes too. */
  readonly stagedSync: number;
  /** The same for a pool of one thread. It gains no time: waking it must cost little beside the call. */
  readonly alone: number;
  /**
   * Bytes of x for each thread up to which the calling thread takes part in a promised call to its end: about a millisecond. Of
   * a longer call its event loop does not wait for the end.
   */
  readonly together: number;
  /** Bytes that are staged at a time, at most: the caches hold a few such tiles. */
  readonly stageBytes: number;
  /** A call is staged in this many tiles: during the first copy and the last one the threads have nothing to do. */
  readonly stageTiles: number;
  /** Bytes of such a tile, at least. */
  readonly leastStageBytes: number;
  /** Bytes of a tile that must be larger than `stageBytes`, as one lane or `leastColumns` columns are, at most. */
  readonly mostStageBytes: number;
  /** Elements of a tile of shared arrays: pending calls take turns tile by tile. */
  readonly tileElements: number;
  /** Elements that a thread takes at a time: some 20 µs, as against 1 µs for taking them. */
  readonly taskElements: number;
  /** Columns of a slice that threads share by columns, at least. */
  readonly leastColumns: number;
  /** No live thread takes this long for a job, or for a phase of one. */
  readonly mostSeconds: number;
  /** No worker of this package takes this long to start, on however busy a machine. */
  readonly startSeconds: number;
}

export const LIMITS: Limits = {
  shared: 2 ** 19,
  staged: 2 ** 21,
  stagedSync: 2 ** 20,
  alone: 2 ** 22,
  together: 2 ** 21,
  stageBytes: 2 ** 20,
  stageTiles: 8,
  leastStageBytes: 2 ** 18,
  mostStageBytes: 2 ** 26,
  tileElements: 2 ** 22,
  taskElements: 2 ** 14,
  leastColumns: 64,
  mostSeconds: 20,
  startSeconds: 30,
};
