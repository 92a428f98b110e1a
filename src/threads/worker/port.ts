import { nodeModules } from "../shared/host.js";

export interface Port {
  post(message: unknown): void;
}

/** Opens a worker's end of the line. Call it before any await: by then browsers deliver the messages that have come. */
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
