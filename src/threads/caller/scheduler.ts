import type { SyncBackend } from "../../backend/backend.js";
import { jsBackend } from "../../backend/js/js.js";
import type { Kernels } from "../../backend/wasm/kernels.js";
import { LinearMemory } from "../../backend/wasm/memory.js";
import { WasmBackend } from "../../backend/wasm/wasm.js";
import { Executor } from "../shared/executor.js";
import type { Job } from "../shared/job.js";
import { Queue } from "../shared/queue.js";
import { mayWait } from "../shared/waiting.js";
import { Buffers } from "./buffers.js";
import { Call } from "./call.js";
import { Helper } from "./helper.js";
import { LIMITS, type Limits } from "./limits.js";
import { type LocalBackend, localBackend } from "./local.js";
import { type Plan, planOf } from "./plan.js";
import type { Means, Request } from "./request.js";
import { Slots } from "./slots.js";
import { Tiles } from "./tiles.js";
import { Turn } from "./turn.js";
import { SPAN_BYTES, Workers, type WorkersSettings } from "./workers.js";

/** How long the calling thread keeps at it, in ms, before its event loop has a turn. */
const PATIENCE = 4;

export interface SchedulerSettings extends WorkersSettings {
  /** Computes on the calling thread, on private memory. Default: on the shared memory. */
  readonly apart?: SyncBackend;
  /** Default: LIMITS. */
  readonly limits?: Limits;
  /** Hears of each job that the threads get. */
  onJob?(job: Job): void;
}

/** Threads at work on one memory, and the calls that they have in hand. */
export class Scheduler implements Means {
  /** Computes on the calling thread. */
  readonly local: LocalBackend;
  readonly limits: Limits;
  readonly kernels: Kernels | undefined;
  readonly memory: LinearMemory;
  readonly buffers: Buffers;
  private readonly queue: Queue;
  private readonly workers: Workers;
  private readonly helper: Helper;
  private readonly slots: Slots;
  private readonly pending = new Set<Call>();
  private state: "starting" | "running" | "closed" = "starting";
  private closedBecause = "";
  private closing: Promise<void> | undefined;
  private whenIdle = (): void => {};
  private isTimed = false;
  private readonly turn = new Turn();
  /** Promises of calls that have not been settled, of which some have ended. */
  private unsettled = 0;
  private readonly mayWait = mayWait();

  constructor(
    readonly threads: number,
    settings: SchedulerSettings,
  ) {
    const { module, apart, limits = LIMITS, onJob } = settings;
    this.limits = limits;
    this.memory = new LinearMemory(settings.memory);
    const slots = 2 ** Math.ceil(Math.log2(2 * threads + 2));
    const { offset } = this.memory.take(Queue.bytes(slots, threads));
    const { mostSeconds } = limits;
    this.queue = new Queue(settings.memory.buffer, { offset, slots, parts: threads, mostSeconds });
    this.slots = new Slots(this.queue, onJob);
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
    const inside = module && new WasmBackend(module, this.memory, js);
    this.kernels = inside?.kernels;
    this.local = localBackend(this.memory, inside ?? js, apart ?? inside ?? js);
    const own = new LinearMemory(settings.memory, spans[0]);
    const executor = new Executor(this.queue, own, module, (id) => this.buffers.bufferOf(id));
    this.helper = new Helper(this.queue, executor);
  }

  /** Starts the threads, and the calls that wait for them. */
  async start(): Promise<void> {
    try {
      await this.workers.start(this.limits.startSeconds);
    } catch (error) {
      // Closed meanwhile.
      if (this.state === "closed") return;
      await this.workers.stop();
      this.endAll(error as Error);
      this.state = "closed";
      this.closedBecause = (error as Error).message;
      throw error;
    }
    // Closed meanwhile.
    if (this.state === "closed") return;
    this.buffers.tellAgain();
    this.helper.forget();
    this.state = "running";
    this.workers.isHeld = this.pending.size > 0;
    this.pump();
  }

  /** Lets the threads compute a call, and promises the results. False if it is for the calling thread. */
  share(request: Request): Promise<void> | false {
    // In a pool that is closing, only the second step of a call comes here. Nothing would wait for the threads.
    const plan = this.closing ? undefined : planOf(request, this, false);
    if (plan === undefined) return false;
    return new Promise<void>((resolve, reject) => {
      const call = this.enter(request, plan, (failure) => {
        this.turn.call(() => {
          if (failure) reject(failure);
          else resolve();
          this.unsettled--;
          this.tellIdle();
        });
      });
      // Here, as `enter` throws where there is no memory for the call.
      this.unsettled++;
      this.slots.add(call);
      if (this.mayTakePart(request)) {
        this.turn.run(() => this.takePart(call));
        return;
      }
      const ticket = this.queue.submitted;
      this.pump();
      if (this.state !== "running" || !this.mayWait) return;
      if (this.helper.helpUntilAwake(ticket)) this.pumpSoon();
    });
  }

  /**
   * Whether the calling thread takes part in a promised call, where otherwise the first worker would have to wake up, and then the
   * calling thread itself: in a short call that no other is before.
   */
  private mayTakePart({ x }: Request): boolean {
    const { threads, limits } = this;
    if (threads === 1 || this.state !== "running" || !this.mayWait) return false;
    return this.turn.isLeft && this.pending.size === 1 && x.byteLength <= threads * limits.together;
  }

  /** Computes tasks of a call as long as there are any, then lets the threads that are at work end it. */
  private takePart(call: Call): void {
    const until = performance.now() + PATIENCE;
    this.queue.callerArrives();
    while (this.state === "running") {
      const { finished } = this.queue;
      this.slots.collect();
      this.slots.submit();
      if (call.isOver || performance.now() > until) break;
      if (!this.helper.help() && !this.queue.isFinishedSoon(finished)) break;
    }
    this.pump();
  }

  /** The same, but the calling thread computes too, until all is done. */
  shareSync(request: Request): undefined | false {
    const isOfUse = this.state === "running" && !this.closing && this.threads > 1 && this.mayWait;
    const plan = isOfUse ? planOf(request, this, true) : undefined;
    if (plan === undefined) return false;
    let failure: Error | undefined;
    const call = this.enter(request, plan, (reason) => {
      failure = reason;
    });
    this.slots.add(call, true);
    this.queue.callerArrives();
    while (!call.isOver) {
      const { finished } = this.queue;
      this.slots.collect();
      this.slots.submit();
      if (call.isOver || this.helper.help() || this.queue.awaitFinished(finished)) continue;
      // Only the event loop could tell what has become of the workers.
      const { mostSeconds } = this.limits;
      failure = new Error(`${request.operation.name}: no thread has answered for ${mostSeconds} seconds`);
      call.fail(failure);
      break;
    }
    if (this.pending.size === 0) this.queue.callerLeaves(false);
    // Jobs of pending calls may have finished meanwhile, without a message.
    else this.pump();
    if (failure) throw failure;
    return undefined;
  }

  /** Ends the threads when the pending calls have ended. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const wasClosed = this.state === "closed";
    await new Promise<void>((resolve) => {
      this.whenIdle = resolve;
      this.tellIdle();
    });
    this.state = "closed";
    if (!wasClosed) await this.workers.stop();
  }

  /** Throws if the pool is closed. */
  checkOpen(): void {
    if (this.closing === undefined && this.state !== "closed") return;
    throw new Error(`the pool is closed${this.closedBecause && `: ${this.closedBecause}`}`);
  }

  private enter(request: Request, plan: Plan, end: (failure?: Error) => void): Call {
    if (this.pending.size === 0 && this.state === "running") this.workers.isHeld = true;
    const call: Call = new Call(request.operation.name, new Tiles(request, plan, this), (failure) => {
      this.pending.delete(call);
      if (this.pending.size === 0) {
        if (this.state === "running") this.workers.isHeld = false;
      }
      end(failure);
      this.tellIdle();
    });
    this.pending.add(call);
    return call;
  }

  private tellIdle(): void {
    if (this.pending.size === 0 && this.unsettled === 0) this.whenIdle();
  }

  /** Takes results and submits tiles, until a message is sure to come. */
  private pump(): void {
    const { queue } = this;
    const until = performance.now() + PATIENCE;
    while (this.state === "running") {
      const { finished } = queue;
      this.slots.collect();
      this.slots.submit();
      queue.callerLeaves(this.pending.size > 0);
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

  /** A worker has died, and its task will never be done. All calls fail, and new threads take over. */
  private async recover(reason: string): Promise<void> {
    if (this.state !== "running") return;
    this.state = "starting";
    // Until no thread is at work, the memory is in use.
    await this.workers.stop();
    this.endAll(new Error(`${reason}; the pending calls have failed, and new threads have been started`));
    if (this.closing !== undefined) return;
    // If that fails, the next calls say why.
    await this.start().catch(() => {});
  }

  private endAll(failure: Error): void {
    for (const call of [...this.pending]) call.fail(failure);
    this.slots.clear();
  }
}
