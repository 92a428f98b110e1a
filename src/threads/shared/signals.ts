import { spinOn } from "./waiting.js";

/** Of a pool. */
export const MOST_THREADS = 64;

// Words.
const SIGNAL = 0; // counts everything that a thread may be waiting for
const FIRST_SIGNAL = 1; // as SIGNAL, for the first worker; counts also how often the calling thread has left
const CALLER = 2; // 1 while the calling thread is at work, so the first worker yields to it
const MESSAGES = 16; // per thread: how many messages it must have received before it takes a task

/** How many words signals take. */
export const SIGNAL_WORDS = MESSAGES + MOST_THREADS;

/** How threads wake each other, in words of shared memory. */
export class Signals {
  constructor(protected readonly words: Int32Array) {}

  /** Begins again. Messages are counted on, so that a dismissed thread stays dismissed. */
  protected clearSignals(): void {
    this.words.fill(0, 0, MESSAGES);
  }

  // What the calling thread does.

  /** Whether the calling thread is at work. Then the first worker leaves a core to it, and takes no tasks. */
  get isCallerAtWork(): boolean {
    return Atomics.load(this.words, CALLER) === 1;
  }

  /** The calling thread begins to compute or to copy. */
  callerArrives(): void {
    Atomics.store(this.words, CALLER, 1);
  }

  /** It stops. If it leaves work to others, the first worker wakes up. */
  callerLeaves(isWorkLeft: boolean): void {
    if (Atomics.exchange(this.words, CALLER, 0) === 0) return;
    Atomics.add(this.words, FIRST_SIGNAL, 1);
    if (isWorkLeft) Atomics.notify(this.words, FIRST_SIGNAL);
  }

  /** Announces a message to a thread, which then takes no task before it has received it. */
  announceMessage(thread: number): void {
    Atomics.add(this.words, MESSAGES + thread, 1);
    this.signal();
    // Also while the calling thread is at work.
    Atomics.notify(this.words, FIRST_SIGNAL);
  }

  /**
   * Announces a message to all threads that never comes. They take no more tasks, and leave their sleep, from which a browser
   * takes seconds to end them.
   */
  dismiss(): void {
    const { words } = this;
    for (let thread = 0; thread < MOST_THREADS; thread++) Atomics.add(words, MESSAGES + thread, 1);
    for (const word of [SIGNAL, FIRST_SIGNAL]) {
      Atomics.add(words, word, 1);
      Atomics.notify(words, word);
    }
  }

  // What workers do.

  /** The count of signals: to be read before looking for work, and handed to `awaitSignal` if there is none. */
  signals(yieldsToCaller: boolean): number {
    return Atomics.load(this.words, yieldsToCaller ? FIRST_SIGNAL : SIGNAL);
  }

  /** How many messages have been announced to a thread. */
  messagesOf(thread: number): number {
    return Atomics.load(this.words, MESSAGES + thread);
  }

  /**
   * Stays awake for some milliseconds until the count of signals differs from `signals`, and then sleeps. A thread that wakes up
   * wakes the next one.
   */
  awaitSignal(yieldsToCaller: boolean, signals: number, awake: number): void {
    const at = yieldsToCaller ? FIRST_SIGNAL : SIGNAL;
    if (spinOn(this.words, at, signals, awake)) return;
    Atomics.wait(this.words, at, signals);
    Atomics.notify(this.words, SIGNAL, 1);
  }

  /**
   * Wakes one thread, which wakes the next. The system then puts them on different cores. Woken all at once, they may share
   * one core for long.
   */
  protected signal(): void {
    Atomics.add(this.words, SIGNAL, 1);
    Atomics.add(this.words, FIRST_SIGNAL, 1);
    Atomics.notify(this.words, SIGNAL, 1);
    if (!this.isCallerAtWork) Atomics.notify(this.words, FIRST_SIGNAL);
  }
}
