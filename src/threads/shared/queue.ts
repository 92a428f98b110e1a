/** Tasks of a job are counted in the low bits of its CLAIM; the others are the low bits of its ticket. */
const TASK_BITS = 20;
export const MOST_TASKS = 2 ** TASK_BITS - 1;
export const MOST_THREADS = 64;

/** There is no task to compute. */
export const NONE = -1;

// Words of the header.
const SIGNAL = 0; // counts everything that a thread may be waiting for
const FIRST_SIGNAL = 5; // the same for the thread that gives way
const SUBMITTED = 1; // the ticket of the next job
const FINISHED = 2; // counts the jobs that are over
const WANTED = 3; // 1 if the calling thread wants a message when a job is finished
const CALLER = 4; // 1 while the calling thread is at work too, and one of the others gives way
const MESSAGES = 16; // per thread: messages that it has to receive before it goes on
const HEADER = MESSAGES + MOST_THREADS;

// Words of a slot, a cache line.
const CLAIM = 0; // ticket and number of the next task
const TASKS = 1;
const DONE = 2; // tasks
const PHASE = 3; // which of them may be computed, where some wait for others
const FAILED = 4; // whether a task has thrown
const OVER = 5; // whether the job is finished
const TICKET = 6; // of the job, in full
const SLOT = 16;

/** Numbers that say what the job is. */
export const FIELDS = 32;

/** How often a word is read, in some 50 µs, before the thread goes to sleep, from which waking takes as long. */
const SPINS = 4000;

/** No thread takes so many seconds for a job, nor for the first tasks of one: some thread has died. */
export const MOST_SECONDS = 20;

/** Sleeps while a word is as it was, MOST_SECONDS at most: then it is false. */
function sleep(words: Int32Array, at: number, value: number): boolean {
  // By the second: of a process that is stopped meanwhile, only one expires.
  for (let second = 0; second < MOST_SECONDS; second++) {
    if (Atomics.wait(words, at, value, 1000) !== "timed-out") return true;
  }
  return false;
}

/** Whether this thread may sleep: a browser's windows may not. */
export function mayWait(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === "not-equal";
  } catch {
    return false;
  }
}

/**
 * Where threads meet: words of shared memory. The calling thread submits jobs, which lie in a ring of slots by their
 * tickets; the others take tasks from the oldest job that has any left, and the last to be done with one finishes the job.
 * A slot is used again when its job is finished and its results have been taken.
 *
 * A claim is one compare-and-exchange of a word with the low bits of the ticket in it, after a look at the whole ticket: so a
 * thread that was asleep for long cannot take a task of another job for one of its own. (It would have to be stopped
 * between the two for a multiple of 4096 jobs.)
 */
export class Queue {
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;

  constructor(
    buffer: ArrayBufferLike,
    readonly offset: number,
    /** A power of two: tickets begin again after 2^32. */
    readonly slots: number,
  ) {
    const words = HEADER + slots * SLOT;
    this.words = new Int32Array(buffer, offset, words);
    this.numbers = new Float64Array(buffer, offset + 4 * words, slots * FIELDS);
  }

  static bytes(slots: number): number {
    return 4 * (HEADER + slots * SLOT) + 8 * slots * FIELDS;
  }

  // The calling thread.

  /** Empties the queue. No thread may be at it. */
  clear(): void {
    this.words.fill(0);
    for (let slot = 0; slot < this.slots; slot++) this.words[HEADER + slot * SLOT + CLAIM] = MOST_TASKS;
  }

  /** The ticket of the next job. */
  get submitted(): number {
    return Atomics.load(this.words, SUBMITTED);
  }

  /** Puts a job of so many tasks in the slot of its ticket, whose last job has ended. `write` gives its numbers. */
  submit(tasks: number, write: (numbers: Float64Array) => void): number {
    const { words } = this;
    const ticket = this.submitted;
    const at = this.slotOf(ticket);
    // First of all no task is left: whoever is late at the last job finds neither its ticket nor tasks of this one.
    Atomics.store(words, at + CLAIM, (ticket << TASK_BITS) | MOST_TASKS);
    Atomics.store(words, at + TICKET, ticket);
    for (const word of [DONE, PHASE, FAILED, OVER]) Atomics.store(words, at + word, 0);
    Atomics.store(words, at + TASKS, tasks);
    write(this.numbersOf(ticket));
    Atomics.store(words, at + CLAIM, ticket << TASK_BITS);
    Atomics.store(words, SUBMITTED, (ticket + 1) | 0);
    this.signal();
    return ticket;
  }

  isFinished(ticket: number): boolean {
    return Atomics.load(this.words, this.slotOf(ticket) + OVER) === 1;
  }

  hasFailed(ticket: number): boolean {
    return Atomics.load(this.words, this.slotOf(ticket) + FAILED) !== 0;
  }

  /** Whether the calling thread is at work, and a core is to be left to it: the first worker then takes no more tasks. */
  get isCallerAtWork(): boolean {
    return Atomics.load(this.words, CALLER) === 1;
  }

  set isCallerAtWork(isAtWork: boolean) {
    if (Atomics.exchange(this.words, CALLER, isAtWork ? 1 : 0) === 1 && !isAtWork) {
      Atomics.notify(this.words, CALLER);
      Atomics.notify(this.words, FIRST_SIGNAL);
    }
  }

  /** Sleeps while it is. */
  awaitCaller(): void {
    Atomics.wait(this.words, CALLER, 1);
  }

  /** Asks for a message when a job is finished from now on. */
  wantMessage(): void {
    Atomics.store(this.words, WANTED, 1);
  }

  /** Sleeps until a job is finished, unless one has been since `finished` was read. False if none is in MOST_SECONDS. */
  awaitFinished(finished: number): boolean {
    for (let k = 0; k < SPINS; k++) if (this.finished !== finished) return true;
    return sleep(this.words, FINISHED, finished);
  }

  /** How many jobs have been finished. */
  get finished(): number {
    return Atomics.load(this.words, FINISHED);
  }

  /** Says that a message is on its way to a thread, which receives it before it takes another task. */
  announceMessage(thread: number): void {
    Atomics.add(this.words, MESSAGES + thread, 1);
    this.signal();
  }

  // All threads.

  /** The next task of a job, or NONE. */
  claim(ticket: number): number {
    const { words } = this;
    const at = this.slotOf(ticket);
    for (;;) {
      const claim = Atomics.load(words, at + CLAIM);
      const task = claim & MOST_TASKS;
      if (Atomics.load(words, at + TICKET) !== ticket) return NONE;
      if (claim >> TASK_BITS !== (ticket << TASK_BITS) >> TASK_BITS) return NONE;
      if (task >= Atomics.load(words, at + TASKS)) return NONE;
      if (Atomics.compareExchange(words, at + CLAIM, claim, claim + 1) === claim) return task;
    }
  }

  numbersOf(ticket: number): Float64Array {
    const slot = this.indexOf(ticket);
    return this.numbers.subarray(slot * FIELDS, (slot + 1) * FIELDS);
  }

  /** How many tasks have been claimed. */
  claimedOf(ticket: number): number {
    return Atomics.load(this.words, this.slotOf(ticket) + CLAIM) & MOST_TASKS;
  }

  tasksOf(ticket: number): number {
    return Atomics.load(this.words, this.slotOf(ticket) + TASKS);
  }

  fail(ticket: number): void {
    Atomics.store(this.words, this.slotOf(ticket) + FAILED, 1);
  }

  /** Counts a task as done, and returns how many are: the thread that is last has to act. */
  countDone(ticket: number): number {
    return Atomics.add(this.words, this.slotOf(ticket) + DONE, 1) + 1;
  }

  /** Says that a job is finished; true if the calling thread wants a message. */
  finish(ticket: number): boolean {
    Atomics.store(this.words, this.slotOf(ticket) + OVER, 1);
    Atomics.add(this.words, FINISHED, 1);
    Atomics.notify(this.words, FINISHED);
    return Atomics.exchange(this.words, WANTED, 0) === 1;
  }

  openPhase(ticket: number, phase: number): void {
    const at = this.slotOf(ticket) + PHASE;
    Atomics.store(this.words, at, phase);
    Atomics.notify(this.words, at);
  }

  /**
   * Sleeps until a phase is open: the tasks of those before have all been claimed, by threads that are at work. False if
   * it does not open in MOST_SECONDS.
   */
  awaitPhase(ticket: number, phase: number): boolean {
    const at = this.slotOf(ticket) + PHASE;
    for (let k = 0; k < SPINS; k++) if (Atomics.load(this.words, at) >= phase) return true;
    for (let open = 0; open < phase; open = Atomics.load(this.words, at)) {
      if (!sleep(this.words, at, open)) return false;
    }
    return true;
  }

  // The other threads.

  /** What to hand to `awaitSignal`, read before looking for something to do. */
  signals(yieldsToCaller: boolean): number {
    return Atomics.load(this.words, yieldsToCaller ? FIRST_SIGNAL : SIGNAL);
  }

  /** How many messages have been announced to a thread. */
  messagesOf(thread: number): number {
    return Atomics.load(this.words, MESSAGES + thread);
  }

  /** Sleeps until something has changed since `signals` was read. Who wakes up wakes the next. */
  awaitSignal(yieldsToCaller: boolean, signals: number): void {
    const at = yieldsToCaller ? FIRST_SIGNAL : SIGNAL;
    for (let k = 0; k < SPINS; k++) if (Atomics.load(this.words, at) !== signals) return;
    Atomics.wait(this.words, at, signals);
    Atomics.notify(this.words, SIGNAL, 1);
  }

  /** Threads that are woken one after the other come to lie on different cores; all at once, they may share one for long. */
  private signal(): void {
    Atomics.add(this.words, SIGNAL, 1);
    Atomics.add(this.words, FIRST_SIGNAL, 1);
    Atomics.notify(this.words, SIGNAL, 1);
    if (!this.isCallerAtWork) Atomics.notify(this.words, FIRST_SIGNAL);
  }

  /** The number of the slot of a ticket. */
  indexOf(ticket: number): number {
    return ticket & (this.slots - 1);
  }

  /** The first word of the slot of a ticket. */
  private slotOf(ticket: number): number {
    return HEADER + this.indexOf(ticket) * SLOT;
  }
}
