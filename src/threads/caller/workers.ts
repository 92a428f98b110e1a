import type { Span } from "../../backend/wasm/memory.js";
import { OWN_BYTES } from "../../backend/wasm/wasm.js";
import { type FromWorker, type ToWorker, VERSION } from "../shared/messages.js";
import type { Queue } from "../shared/queue.js";
import type { Thread, ThreadEvents } from "./spawn.js";

/** The bytes that a thread has for itself. */
export const SPAN_BYTES = OWN_BYTES;

/** There can be no threads on this host, whatever the worker's file. */
export class NoThreads extends Error {}

export interface WorkersSettings {
  readonly memory: WebAssembly.Memory;
  /** The kernels, for shared memory. Without them workers compute in TypeScript. */
  readonly module: WebAssembly.Module | undefined;
  /** As the option of `createPool`. */
  readonly blocktime: number;
  spawn(events: ThreadEvents): Thread;
}

export interface WorkersEvents {
  /** A job is finished, and the queue was asked for a message. */
  finished(): void;
  /** A worker that had started has died. The others are of no use any more. */
  died(reason: string): void;
}

/** The workers of a pool. */
export class Workers {
  private threads: Thread[] = [];
  private stopped: Promise<unknown> = Promise.resolve();
  private failStart: ((error: Error) => void) | undefined;

  constructor(
    private readonly settings: WorkersSettings,
    private readonly queue: Queue,
    private readonly spans: readonly Span[],
    private readonly events: WorkersEvents,
  ) {}

  /** Empties the queue and starts the workers. Rejects if one cannot start, with NoThreads if none can. */
  async start(mostSeconds: number): Promise<void> {
    this.queue.clear();
    const failed = new Promise<never>((_, reject) => {
      this.failStart = reject;
    });
    const stopWaiting = afterSeconds(mostSeconds, () =>
      this.die(`a worker has not answered for ${mostSeconds} seconds; is its file "softmax-wasm/worker.js"?`),
    );
    const ready = this.spans.map((span, thread) => this.startThread(span, thread));
    try {
      await Promise.race([Promise.all(ready), failed]);
    } finally {
      stopWaiting();
      this.failStart = undefined;
    }
  }

  private startThread(span: Span, thread: number): Promise<void> {
    const { queue } = this;
    const { memory, module, blocktime } = this.settings;
    return new Promise((resolve) => {
      const worker = this.settings.spawn({
        message: (message: FromWorker) => {
          if (message === "locked") worker.watchLock();
          else if (message === "ready") resolve();
          else this.events.finished();
        },
        died: (reason, isForbidden) => this.die(reason, isForbidden),
      });
      this.threads.push(worker);
      const yieldsToCaller = thread === 0 && this.spans.length > 1;
      const { lock } = worker;
      const start = {
        version: VERSION,
        lock,
        thread,
        announced: queue.messagesOf(thread) + 1,
        yieldsToCaller,
        blocktime,
        module,
        memory,
        span,
        queue: queue.place,
      };
      this.send(worker, thread, { start });
    });
  }

  /** Sends all of them a message. */
  tell(message: ToWorker): void {
    this.threads.forEach((worker, thread) => {
      this.send(worker, thread, message);
    });
  }

  private send(worker: Thread, thread: number, message: ToWorker): void {
    // Announced first: a worker that had received more than was announced would take no tasks.
    this.queue.announceMessage(thread);
    try {
      worker.post(message);
    } catch (error) {
      this.die(`a message could not be sent: ${String(error)}`);
    }
  }

  private die(reason: string, isForbidden = false): void {
    if (this.failStart) this.failStart(isForbidden ? new NoThreads(reason) : new Error(reason));
    else this.events.died(reason);
  }

  /** Whether the workers keep the process from ending. */
  set isHeld(held: boolean) {
    for (const worker of this.threads) {
      if (held) worker.ref();
      else worker.unref();
    }
  }

  /** Stops the workers, or a start that has not ended. Resolves when none is at work any more. */
  async stop(): Promise<void> {
    const threads = this.threads;
    this.failStart?.(new Error("the workers have been stopped"));
    this.threads = [];
    this.queue.dismiss();
    const ended = Promise.all([this.stopped, ...threads.map((worker) => worker.terminate())]);
    this.stopped = inSeconds(this.queue.place.mostSeconds, ended);
    await this.stopped;
  }
}

/** Resolves when `ended` does, or else after that many seconds: no task takes longer, and a dismissed worker takes no other. */
async function inSeconds(seconds: number, ended: Promise<unknown>): Promise<void> {
  let stopWaiting = () => {};
  const late = new Promise<void>((resolve) => {
    stopWaiting = afterSeconds(seconds, resolve);
  });
  await Promise.race([ended, late]);
  stopWaiting();
}

/**
 * Calls back after that many seconds, until it is stopped. Second by second: if the whole process stops for a while, only one
 * of them passes.
 */
function afterSeconds(seconds: number, callBack: () => void): () => void {
  let left = seconds;
  const interval = setInterval(() => {
    if (--left > 0) return;
    clearInterval(interval);
    callBack();
  }, 1000);
  return () => clearInterval(interval);
}
