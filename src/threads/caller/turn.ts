import { nodeModules } from "../shared/host.js";

/**
 * Calls back when the event loop has had a turn. A timer takes a millisecond in Node, and four in browsers when they are nested;
 * these take microseconds.
 */
export function afterTurn(callBack: () => void): void {
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
