import { createData } from "../../../../bench/workload.js";
import type { Entrant, Task, Way } from "./entrant.js";
import { plain } from "./plain.js";
import type { Message, Peer, Start } from "./protocol.js";
import { orderOf, timeOf, warmUp } from "./rounds.js";

/** Probabilities that differ by more than this from those of the package are another function's. */
const TOLERANCE = 1e-5;

addEventListener("message", ({ data }: MessageEvent<Start>) => void race(data));

interface Ready {
  readonly entrant: Entrant;
  readonly way: Way;
  readonly calls: number;
}

async function race({ shape, rounds, peers, script }: Start): Promise<void> {
  const x = createData({ operation: "softmax", type: "f32", shape, axis: 1, spread: "narrow" })
    .x as Task["x"];
  const { own }: typeof import("./own.js") = await import(/* @vite-ignore */ script);
  const ready: Ready[] = [];
  let expected: Float32Array | undefined;
  for (const entrant of [...own, ...plain, ...(await load(peers))]) {
    tell({ kind: "preparing", name: entrant.name });
    try {
      const way = await entrant.make({ shape, x });
      const p = Float32Array.from(await way.read());
      expected ??= p;
      checkAlike(p, expected);
      ready.push({ entrant, way, calls: await warmUp(way) });
    } catch (error) {
      tell({ kind: "out", name: entrant.name, reason: messageOf(error) });
    }
    tell({ kind: "prepared" });
  }
  tell({
    kind: "ready",
    runners: ready.map(({ entrant: { name, of, includes } }) => ({ name, of, includes })),
  });
  for (let round = 0; round < rounds; round++) {
    for (const k of orderOf(ready.length, round)) {
      const { entrant, way, calls } = ready[k];
      const nanoseconds = ((await timeOf(way, calls)) * 1e6) / calls / x.length;
      tell({ kind: "sample", name: entrant.name, round, nanoseconds });
    }
  }
  tell({ kind: "end" });
}

/** What other libraries need is loaded for those that are asked for alone. */
async function load(peers: readonly Peer[]): Promise<Entrant[]> {
  const loaded: Entrant[] = [];
  for (const peer of peers) {
    tell({ kind: "preparing", name: peer });
    try {
      loaded.push(await loaders[peer]());
    } catch (error) {
      tell({ kind: "out", name: peer, reason: messageOf(error) });
      tell({ kind: "prepared" });
    }
  }
  return loaded;
}

const loaders: Readonly<Record<Peer, () => Promise<Entrant>>> = {
  "tfjs wasm": async () => (await import("./tfjs.js")).tfjs,
  "onnxruntime-web": async () => (await import("./onnxruntime.js")).onnxruntime,
};

function checkAlike(p: Float32Array, expected: Float32Array): void {
  const isAlike =
    p.length === expected.length && p.every((value, k) => Math.abs(value - expected[k]) <= TOLERANCE);
  if (!isAlike) throw new Error("it gives other numbers");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function tell(message: Message): void {
  postMessage(message);
}
