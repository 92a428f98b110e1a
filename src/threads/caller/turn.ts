import { nodeModules } from "../shared/host.js";

/** For how long a pool computes on the calling thread, in ms, before its event loop has a turn. */
const MOST_BUSY = 2;

/** What a pool computes on the calling thread, between two turns of its event loop. */
export class Turn {
  private spent = 0;
  private since: number | undefined;

  /** Whether the calling thread may compute. */
  get isLeft(): boolean {
    const { spent, since } = this;
    return (since === undefined ? spent : spent + performance.now() - since) < MOST_BUSY;
  }

  /** Computes, and counts the time of it. */
  run(compute: () => void): void {
    if (this.spent === 0) {
      afterTurn(() => {
        this.spent = 0;
      });
    }
    const since = performance.now();
    this.since = since;
    try {
      compute();
    } finally {
      this.since = undefined;
      this.spent += performance.now() - since;
    }
  }

  /**
   * Calls back: when the event loop has had a turn, if it is time for one. Promises that are settled at once, of calls that follow
   * each other, would never leave it any.
   */
  call(callBack: () => void): void {
    if (this.isLeft) callBack();
    else afterTurn(callBack);
  }
}

/**
 * Calls back when the event loop has had a turn. A timer takes a millisecond in Node, and four in browsers when they are nested;
 * these take microseconds.
 */
function afterTurn(callBack: () => void): void {
  const modules = nodeModules();
  if (modules) {
    modules("node:timers").setImmediate(callBack);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callBack();
  };
  port2.postMessage(0);
}
