import { once } from "node:events";
import { WebSocket } from "ws";
import { dragging, pressing, typing } from "./actions.js";
import { patiently } from "./drive.js";
import type { Hands } from "./hands.js";

type Send = <T>(method: string, parameters: object) => Promise<T>;
interface Entry {
  readonly level: string;
  readonly text: string;
}
interface Node {
  readonly sharedId: string;
}

/** Firefox by WebDriver BiDi, which it speaks by itself: the few commands of it that a visit takes. */
export async function byBidi(port: number): Promise<Hands> {
  const complaints: string[] = [];
  const { send, socket } = await connect(port, ({ level, text }) => {
    if (level === "error" || level === "warn") complaints.push(text);
  });
  await send("session.new", { capabilities: {} });
  await send("session.subscribe", { events: ["log.entryAdded"] });
  const { context } = await patiently(async () => {
    const { contexts } = await send<{ contexts: { context: string }[] }>("browsingContext.getTree", {});
    if (contexts.length === 0) throw new Error("there is no window");
    return contexts[0];
  });
  await send("browsingContext.setViewport", { context, viewport: { width: 1280, height: 900 } });
  const act = async (actions: object[]) => void (await send("input.performActions", { context, actions }));
  return {
    open: async (url) => void (await send("browsingContext.navigate", { context, url, wait: "complete" })),
    async look(find, argument) {
      const { result, exceptionDetails } = await send<{
        result?: { value?: string };
        exceptionDetails?: { text: string };
      }>("script.callFunction", {
        // As JSON: values have a form of their own in this protocol.
        functionDeclaration: `(text) => JSON.stringify((${find})(JSON.parse(text)))`,
        arguments: [{ type: "string", value: JSON.stringify(argument ?? null) }],
        target: { context },
        awaitPromise: false,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return result?.value === undefined ? undefined : JSON.parse(result.value);
    },
    press: (key) => act(pressing(key)),
    type: (text) => act(typing(text)),
    drag: (points) => act(dragging(points)),
    async choose(selector, path) {
      const locator = { type: "css", value: selector };
      const { nodes } = await send<{ nodes: Node[] }>("browsingContext.locateNodes", { context, locator });
      const element = { sharedId: nodes[0].sharedId };
      await send("input.setFiles", { context, element, files: [path] });
    },
    complaints: async () => complaints,
    close: async () => socket.close(),
  };
}

async function connect(
  port: number,
  onEntry: (entry: Entry) => void,
): Promise<{ send: Send; socket: WebSocket }> {
  const socket = await patiently(async () => {
    const attempt = new WebSocket(`ws://127.0.0.1:${port}/session`);
    await once(attempt, "open");
    return attempt;
  });
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  socket.on("message", (data) => {
    const { id, method, params, result, message } = JSON.parse(String(data));
    if (method === "log.entryAdded") onEntry(params);
    if (result) waiting.get(id)?.resolve(result as never);
    else waiting.get(id)?.reject(new Error(message));
    waiting.delete(id);
  });
  let last = 0;
  const send: Send = (method, params) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params }));
    });
  return { send, socket };
}
