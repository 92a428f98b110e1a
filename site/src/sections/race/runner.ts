import { plain } from "./plain.js";
import type { Message, Start } from "./protocol.js";
import { after, newRace, type Race } from "./standings.js";

export interface RaceRun {
  /** Ends the worker at once; what has been measured stays. */
  stop(): void;
}

/** Runs a race in a worker of its own, and tells how it stands after each turn. */
export function run(start: Omit<Start, "script">, onChange: (race: Race) => void): RaceRun {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  let race = newRace(start, 0);
  const become = (next: Race) => {
    race = next;
    if (race.state === "done" || race.state === "stopped") worker.terminate();
    onChange(race);
  };
  const fail = (reason: string) =>
    become({ ...race, state: "stopped", out: [...race.out, { name: "The worker", reason }] });
  worker.addEventListener("message", ({ data }: MessageEvent<Message>) => become(after(race, data)));
  worker.addEventListener("error", ({ message }) => fail(message || "its script could not be loaded"));
  // `own` has to be used here: what only the worker takes of that module, the bundler would leave out.
  import("./own.js").then(
    ({ own, script }) => {
      become(newRace(start, own.length + plain.length + start.peers.length));
      worker.postMessage({ ...start, script } satisfies Start);
    },
    (error) => fail(String(error)),
  );
  onChange(race);
  return { stop: () => become({ ...race, state: "stopped" }) };
}
