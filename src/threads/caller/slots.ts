import { type Job, writeJob } from "../shared/job.js";
import type { Queue } from "../shared/queue.js";
import type { Call } from "./call.js";
import type { Tile } from "./tiles.js";

/** What a slot of the queue is about, until the calling thread has taken its results. */
interface Entry {
  readonly ticket: number;
  readonly tile: Tile;
  readonly call: Call;
}

/** Calls on their way through the queue, tile by tile. */
export class Slots {
  private readonly entries: (Entry | undefined)[];
  /** Calls with tiles left, which take turns. */
  private readonly waiting: Call[] = [];

  constructor(
    private readonly queue: Queue,
    /** Hears of each job that the threads get. */
    private readonly onJob?: (job: Job) => void,
  ) {
    this.entries = new Array(queue.slots).fill(undefined);
  }

  /** Takes a call in: the last one to have its turn, or the first. */
  add(call: Call, isFirst = false): void {
    if (isFirst) this.waiting.unshift(call);
    else this.waiting.push(call);
  }

  /** Takes the results of the tiles that are done. */
  collect(): void {
    for (const [slot, entry] of this.entries.entries()) {
      if (entry === undefined || !this.queue.isFinished(entry.ticket)) continue;
      this.entries[slot] = undefined;
      if (entry.call.isStaged) this.queue.callerArrives();
      entry.call.collect(entry.tile, this.queue.hasFailed(entry.ticket));
    }
  }

  /** Submits tiles, one of each call in turn, as long as there are slots. */
  submit(): void {
    const { queue, entries, waiting } = this;
    for (;;) {
      const slot = queue.indexOf(queue.submitted);
      const call = waiting.at(0);
      if (call === undefined || entries[slot] !== undefined) return;
      if (call.isStaged) queue.callerArrives();
      const tile = call.take(entries.some((entry) => entry !== undefined));
      if (tile === undefined && call.hasMore) return;
      waiting.shift();
      if (tile === undefined) continue;
      if (call.hasMore) waiting.push(call);
      const { job, tasks } = tile;
      // A phase of a row waits for the tasks of the one before.
      const parts = job.kind === "row" ? 1 : undefined;
      const ticket = queue.submit(tasks, (numbers) => writeJob(numbers, job), parts);
      entries[slot] = { ticket, tile, call };
      this.onJob?.(job);
    }
  }

  /** Gives up all tiles. No thread may be at work on one. */
  clear(): void {
    this.waiting.length = 0;
    for (const [slot, entry] of this.entries.entries()) {
      this.entries[slot] = undefined;
      entry?.call.collect(entry.tile, true);
    }
  }
}
