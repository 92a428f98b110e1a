import { MINI_BROWSER } from "../../../../test/engines/engines.js";
import { dragging, pressing, typing } from "./actions.js";
import { patiently } from "./drive.js";
import type { Hands } from "./hands.js";

/** WebDriver does not tell what is on the console: a page that runs this first keeps it. */
export const KEEP_COMPLAINTS = `(${keepComplaints})()`;

const CAPABILITIES = {
  alwaysMatch: { "webkitgtk:browserOptions": { binary: MINI_BROWSER, args: ["--automation"] } },
};
/** How the standard names an element in its answers: https://www.w3.org/TR/webdriver2/#elements */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** WebKit by WebDriver: the few commands of it that a visit takes. */
export async function byWebDriver(port: number): Promise<Hands> {
  const host = `http://127.0.0.1:${port}/session`;
  const post = async <T>(path: string, body: object): Promise<T> => {
    const answer = await fetch(host + path, { method: "POST", body: JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.message}`);
    return value;
  };
  const begin = () => post<{ sessionId: string }>("", { capabilities: CAPABILITIES });
  const { sessionId } = await patiently(begin);
  const send = <T>(command: string, body: object) => post<T>(`/${sessionId}/${command}`, body);
  const run = <T>(script: string, ...args: unknown[]) => send<T>("execute/sync", { script, args });
  const act = (actions: object[]) => send<void>("actions", { actions });
  return {
    open: (url) => send("url", { url }),
    look: (find, argument) => run(`return (${find})(arguments[0])`, argument),
    press: (key) => act(pressing(key)),
    type: (text) => act(typing(text)),
    drag: (points) => act(dragging(points)),
    async choose(selector, path) {
      const found = { using: "css selector", value: selector };
      const element = await send<Record<string, string>>("element", found);
      await send(`element/${element[ELEMENT]}/value`, { text: path });
    },
    complaints: () => run("return complaints"),
    close: async () => void (await fetch(`${host}/${sessionId}`, { method: "DELETE" })),
  };
}

function keepComplaints(): void {
  const complaints: string[] = [];
  Object.assign(window, { complaints });
  addEventListener(
    "error",
    ({ message, target }) => complaints.push(message ?? `no ${(target as HTMLScriptElement).src}`),
    true,
  );
  addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
  for (const name of ["error", "warn"] as const)
    console[name] = (...words) => complaints.push(words.join(" "));
}
