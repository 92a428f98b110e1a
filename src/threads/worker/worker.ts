/** What a worker runs: the file behind `softmax-wasm/worker.js`. */
import { LinearMemory } from "../../backend/wasm/memory.js";
import { Executor } from "../shared/executor.js";
import { type FromWorker, type Start, type ToWorker, VERSION } from "../shared/messages.js";
import { NONE, Queue } from "../shared/queue.js";
import { openPort } from "./port.js";

/**
 * V8 does not count shared memory, and a worker makes no other garbage. So it would never collect the buffers that the worker
 * drops. After each this many bytes of them, the worker makes a private buffer as large: V8 counts that one, and untouched it
 * takes no memory.
 */
const COLLECTED_BYTES = 2 ** 26;

/** What a wait that ended in waking up may last longer than blocktime, in ms, if the signal came within it. */
const WAKE_UP = 0.1;

const buffers = new Map<number, ArrayBufferLike>();
let droppedBytes = 0;
/** How many of the announced messages have come. */
let received = 0;
let serve = (): void => {};

const port = openPort<ToWorker>((message) => {
  received++;
  if ("start" in message) start(message.start);
  else if ("buffer" in message) buffers.set(message.id, message.buffer);
  else drop(message.drop);
  serve();
});

function drop(id: number): void {
  droppedBytes += buffers.get(id)?.byteLength ?? 0;
  buffers.delete(id);
  if (droppedBytes < COLLECTED_BYTES) return;
  droppedBytes = 0;
  try {
    new ArrayBuffer(COLLECTED_BYTES);
  } catch {
    // V8 has collected before it gave up.
  }
}

function start(settings: Start): void {
  const { version, lock, announced } = settings;
  received = announced;
  if (version !== VERSION) {
    throw new Error(`this worker is of softmax-wasm ${VERSION}, and the pool of softmax-wasm ${version}`);
  }
  const begin = () => {
    serve = serverOf(settings);
    send("ready");
    serve();
  };
  if (lock === undefined) begin();
  else hold(lock, begin);
}

/** Takes a lock for good, and then begins. The host gives the lock back when this thread ends, in whatever way. */
function hold(lock: string, begin: () => void): void {
  const keep = () => {
    send("locked");
    setTimeout(begin);
    return new Promise<never>(() => {});
  };
  // Refused where the worker is of another origin than its page, as one of a data: URL.
  navigator.locks.request(lock, keep).catch(() => setTimeout(begin));
}

function serverOf(start: Start): () => void {
  const { thread, yieldsToCaller, blocktime, module, memory, span, queue: place } = start;
  const queue = new Queue(memory.buffer, place);
  const executor = new Executor(queue, new LinearMemory(memory, span), module, (id) => {
    const buffer = buffers.get(id);
    if (buffer === undefined) throw new Error(`a worker has no buffer ${id}`);
    return buffer;
  });
  let ticket = 0;
  /** Whether the last signal came within blocktime: calls follow each other. */
  let isFollowed = false;

  /** Waits for a signal, awake only where the next call is likely to come meanwhile. */
  const wait = (signals: number): void => {
    const from = performance.now();
    // The first worker leaves its core to the calling thread, which is about to take results and make the next call.
    queue.awaitSignal(yieldsToCaller, signals, isFollowed && !yieldsToCaller ? blocktime : 0);
    isFollowed = performance.now() - from < blocktime + WAKE_UP;
  };

  /** Computes until a message is announced, which only the event loop can receive. */
  return () => {
    for (;;) {
      const signals = queue.signals(yieldsToCaller);
      const submitted = queue.submitted;
      // A job may use a buffer whose message was announced before it.
      if (queue.messagesOf(thread) !== received) return;
      if (ticket === submitted || (yieldsToCaller && queue.isCallerAtWork)) {
        wait(signals);
        continue;
      }
      // What was submitted before those in the slots is over.
      if (((submitted - ticket) | 0) > queue.slots) ticket = (submitted - queue.slots) | 0;
      const task = queue.claim(ticket, thread);
      if (task === NONE) {
        ticket = (ticket + 1) | 0;
      } else if (executor.execute(ticket, task) && queue.finish(ticket)) {
        // The caller is about to copy. On a busy machine it would get its turn late.
        if (executor.isStaged) queue.callerArrives();
        send("finished");
      }
    }
  };
}

function send(message: FromWorker): void {
  port.post(message);
}
