import { nodeModules } from "../shared/host.js";

export interface Port {
  post(message: unknown): void;
}

/** A worker's end of the line. To be called before anything is awaited: browsers deliver what has come by then. */
export function openPort<Message>(receive: (message: Message) => void): Port {
  const port = nodeModules()?.("node:worker_threads").parentPort;
  if (port) {
    port.on("message", receive);
    return { post: (message) => port.postMessage(message) };
  }
  const scope = globalThis as unknown as Worker;
  scope.addEventListener("message", ({ data }) => receive(data));
  return { post: (message) => scope.postMessage(message) };
}
