import type { SyncBackend } from "../../backend/backend.js";
import { jsBackend } from "../../backend/js/js.js";
import type { Kernels } from "../../backend/wasm/kernels.js";
import { LinearMemory } from "../../backend/wasm/memory.js";
import { WasmBackend } from "../../backend/wasm/wasm.js";
import type { Pending } from "../../maybePromise.js";
import { Executor } from "../shared/executor.js";
import { writeJob } from "../shared/job.js";
import { MOST_SECONDS, mayWait, NONE, Queue } from "../shared/queue.js";
import { localBackend } from "./backend.js";
import { Buffers } from "./buffers.js";
import { Call } from "./call.js";
import { ROOM_BYTES } from "./plan.js";
import { prepare } from "./prepare.js";
import type { Request } from "./request.js";
import type { Staging, Tile } from "./staging.js";
import { SPAN_BYTES, Workers, type WorkersSettings } from "./workers.js";

/** How long the calling thread keeps at it, in ms, before its event loop has a turn. */
const PATIENCE = 4;

/** Tasks that it computes at most before others have begun. */
const MOST_HELP = 6;

/** What a slot of the queue is about, until its results have been taken. */
interface Entry {
  readonly ticket: number;
  readonly tile: Tile;
  readonly call: Call;
}

/** Threads at work on one memory, and the calls that they have in hand. */
export class Scheduler {
  /** Computes on the calling thread. */
  readonly local: SyncBackend;
  readonly kernels: Kernels | undefined;
  readonly memory: LinearMemory;
  private readonly queue: Queue;
  private readonly workers: Workers;
  readonly buffers: Buffers;
  private readonly executor: Executor;
  private readonly slots: (Entry | undefined)[];
  /** Calls with tiles left, which take turns. */
  private readonly waiting: Call[] = [];
  private readonly pending = new Set<Call>();
  private state: "starting" | "running" | "closed" = "starting";
  private closedBecause = "";
  private closing: Promise<void> | undefined;
  private whenIdle = (): void => {};
  private callerTicket = 0;
  private isTimed = false;
  private readonly mayWait = mayWait();

  constructor(
    readonly threads: number,
    settings: WorkersSettings,
    /** What computes on the calling thread, on private memory. */
    apart?: SyncBackend,
  ) {
    this.memory = new LinearMemory(settings.memory);
    const slots = 2 ** Math.ceil(Math.log2(2 * threads + 2));
    const { offset } = this.memory.take(Queue.bytes(slots));
    this.queue = new Queue(settings.memory.buffer, offset, slots);
    this.slots = new Array(slots).fill(undefined);
    const spans = Array.from({ length: threads + 1 }, () => this.memory.take(SPAN_BYTES));
    this.workers = new Workers(settings, this.queue, spans.slice(1), {
      finished: () => this.pump(),
      died: (reason) => this.recover(reason),
    });
    this.buffers = new Buffers(
      (id, buffer) => this.workers.tell({ id, buffer }),
      (drop) => this.workers.tell({ drop }),
    );
    const js = jsBackend();
    const kernels = settings.module && new WasmBackend(settings.module, this.memory, js);
    this.kernels = kernels?.kernels;
    this.local = localBackend(this.memory, kernels ?? js, apart ?? kernels ?? js);
    const own = new LinearMemory(settings.memory, spans[0]);
    const hand = settings.module ? new WasmBackend(settings.module, own, js, ROOM_BYTES) : js;
    this.executor = new Executor(this.queue, own, hand, (id) => this.buffers.bufferOf(id));
  }

  /** Starts the threads, and with them what waits. */
  async start(): Promise<void> {
    try {
      await this.workers.start();
    } catch (error) {
      await this.workers.stop();
      this.endAll(error as Error);
      this.state = "closed";
      this.closedBecause = (error as Error).message;
      throw error;
    }
    // By a call of close.
    if (this.state === "closed") return;
    this.buffers.tellAgain();
    this.callerTicket = 0;
    this.executor.forget();
    this.state = "running";
    this.workers.isHeld = this.pending.size > 0;
    this.pump();
  }

  /** Has the threads compute it; undefined if that is for the calling thread. */
  share(request: Request): Pending {
    // Of a pool that is being closed only calls with a second step come here: nobody would wait for it.
    const staging = this.closing ? undefined : prepare(request, this, false);
    if (staging === undefined) return undefined;
    return new Promise<void>((resolve, reject) => {
      const call = this.enter(request, staging, (failure) => (failure ? reject(failure) : resolve()));
      this.waiting.push(call);
      const ticket = this.queue.submitted;
      this.pump();
      if (this.state === "running" && this.mayWait) this.helpUntilAwake(ticket);
    });
  }

  /** Computes tasks of a job that has been submitted, for as long as nobody else does: threads are slow to wake up. */
  private helpUntilAwake(ticket: number): void {
    const { queue } = this;
    if (queue.submitted === ticket) return;
    // Not those of a long row that wait for others.
    const most = Math.min(MOST_HELP, queue.tasksOf(ticket) / 3);
    for (let own = 0; own < most && queue.claimedOf(ticket) === own; own++) {
      const task = queue.claim(ticket);
      if (task === NONE) return;
      if (this.executor.execute(ticket, task) && queue.finish(ticket)) this.pumpSoon();
    }
  }

  /** The same, with the calling thread at work too until it is done: false if it is for that thread alone. */
  shareNow(request: Request): boolean {
    const isOfUse = this.state === "running" && !this.closing && this.threads > 1 && this.mayWait;
    const staging = isOfUse ? prepare(request, this, true) : undefined;
    if (staging === undefined) return false;
    let failure: Error | undefined;
    const call = this.enter(request, staging, (reason) => {
      failure = reason;
    });
    this.waiting.unshift(call);
    this.queue.isCallerAtWork = true;
    while (!call.isOver) {
      const { finished } = this.queue;
      this.collect();
      this.submit();
      if (call.isOver || this.help() || this.queue.awaitFinished(finished)) continue;
      // Nothing can be known of the workers before the event loop has had its turn.
      failure = new Error(`${request.operation.name}: no thread has answered for ${MOST_SECONDS} seconds`);
      call.fail(failure);
      break;
    }
    this.queue.isCallerAtWork = false;
    // What others wait for may have been finished meanwhile, without a message.
    if (this.pending.size > 0) this.pump();
    if (failure) throw failure;
    return true;
  }

  /** Lets the calls that are pending end, and then the threads. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const wasClosed = this.state === "closed";
    await new Promise<void>((resolve) => {
      this.whenIdle = resolve;
      if (this.pending.size === 0) resolve();
    });
    this.state = "closed";
    if (!wasClosed) await this.workers.stop();
  }

  /** Throws once the pool is closed. */
  checkOpen(): void {
    if (this.closing === undefined && this.state !== "closed") return;
    throw new Error(`the pool is closed${this.closedBecause && `: ${this.closedBecause}`}`);
  }

  private enter({ operation }: Request, staging: Staging, end: (failure?: Error) => void): Call {
    if (this.pending.size === 0 && this.state === "running") this.workers.isHeld = true;
    const call: Call = new Call(operation.name, staging, (failure) => {
      this.pending.delete(call);
      if (this.pending.size === 0) {
        if (this.state === "running") this.workers.isHeld = false;
        this.whenIdle();
      }
      end(failure);
    });
    this.pending.add(call);
    return call;
  }

  /** Takes results and submits tiles, until a message is sure to come. */
  private pump(): void {
    const { queue } = this;
    const until = performance.now() + PATIENCE;
    while (this.state === "running") {
      const { finished } = queue;
      this.collect();
      this.submit();
      queue.isCallerAtWork = false;
      if (this.pending.size === 0) return;
      queue.wantMessage();
      if (queue.finished === finished) return;
      if (performance.now() > until) {
        this.pumpSoon();
        return;
      }
    }
  }

  private pumpSoon(): void {
    if (this.isTimed) return;
    this.isTimed = true;
    setTimeout(() => {
      this.isTimed = false;
      this.pump();
    }, 0);
  }

  /** Takes the results of the tiles that are done. */
  private collect(): void {
    for (let k = 0; k < this.slots.length; k++) {
      const entry = this.slots[k];
      if (entry === undefined || !this.queue.isFinished(entry.ticket)) continue;
      this.slots[k] = undefined;
      if (entry.call.isStaged) this.queue.isCallerAtWork = true;
      entry.call.collect(entry.tile, this.queue.hasFailed(entry.ticket));
    }
  }

  /** Submits tiles, one of each call in turn, as long as there are slots. */
  private submit(): void {
    for (;;) {
      const slot = this.queue.indexOf(this.queue.submitted);
      const call = this.waiting.at(0);
      if (call === undefined || this.slots[slot] !== undefined) return;
      if (call.isStaged) this.queue.isCallerAtWork = true;
      const tile = call.take(this.slots.some((entry) => entry !== undefined));
      if (tile === undefined && call.hasMore) return;
      this.waiting.shift();
      if (tile === undefined) continue;
      if (call.hasMore) this.waiting.push(call);
      const ticket = this.queue.submit(tile.tasks, (numbers) => writeJob(numbers, tile.job));
      this.slots[slot] = { ticket, tile, call };
    }
  }

  /** Computes a task on the calling thread, if there is one. */
  private help(): boolean {
    const { queue } = this;
    const { submitted } = queue;
    // What was submitted before those in the slots is over.
    if (((submitted - this.callerTicket) | 0) > this.slots.length) {
      this.callerTicket = (submitted - this.slots.length) | 0;
    }
    for (; this.callerTicket !== submitted; this.callerTicket = (this.callerTicket + 1) | 0) {
      const task = queue.claim(this.callerTicket);
      if (task === NONE) continue;
      if (this.executor.execute(this.callerTicket, task)) queue.finish(this.callerTicket);
      return true;
    }
    return false;
  }

  /** A worker has died, so tasks may never be done: all calls fail, and new threads take over. */
  private async recover(reason: string): Promise<void> {
    if (this.state !== "running") return;
    this.state = "starting";
    // As long as one is at work the memory is not free.
    await this.workers.stop();
    this.endAll(
      new Error(`${reason}; the calls that were pending have failed, and threads have been started anew`),
    );
    if (this.closing !== undefined) return;
    // What comes of it the next calls will tell.
    await this.start().catch(() => {});
  }

  private endAll(failure: Error): void {
    this.waiting.length = 0;
    for (const call of [...this.pending]) call.fail(failure);
    for (const [k, entry] of this.slots.entries()) {
      this.slots[k] = undefined;
      entry?.call.collect(entry.tile, true);
    }
  }
}
