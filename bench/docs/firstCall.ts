import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import { ENGINES, type Engine, isInstalled } from "../../test/engines/engines.js";
import { answerOf } from "../engines/answer.js";
import { median } from "../measure.js";
import type { FirstCalls } from "./report.js";

const DIST = resolve("dist/index.js");

/** Milliseconds of calls in a process or page that has called nothing yet, in the order of the columns of FirstCalls. */
const CALLS = `
  const time = (run) => { const start = performance.now(); run(); return performance.now() - start; };
  const x = Float32Array.from({ length: 1000 }, (_, k) => k % 7);
  const times = [() => softmax([1, 2, 3]), () => softmax(x), () => softmax(x)].map(time);`;

type Times = readonly number[];

/** The median of so many cold starts of each Node, and of the browsers that this machine has. */
export async function firstCalls(
  nodes: Readonly<Record<string, string>>,
  starts: number,
): Promise<FirstCalls> {
  const found: Record<string, { three: number; thousand: number; again: number }> = {};
  const hosts: Record<string, () => Times | Promise<Times>> = {
    ...Object.fromEntries(Object.entries(nodes).map(([name, path]) => [name, () => inNode(path)])),
    ...Object.fromEntries(
      ENGINES.filter(isInstalled).map((engine) => [engine.title, () => inBrowser(engine)]),
    ),
  };
  for (const [name, start] of Object.entries(hosts)) {
    const runs: Times[] = [];
    for (let run = 0; run < starts; run++) runs.push(await start());
    const [three, thousand, again] = [0, 1, 2].map((k) =>
      Number(median(runs.map((times) => times[k])).toPrecision(2)),
    );
    found[name] = { three, thousand, again };
  }
  return found;
}

function inNode(execPath: string): Times {
  const code = `import { softmax } from ${JSON.stringify(pathToFileURL(DIST))};${CALLS} console.log(JSON.stringify(times));`;
  return JSON.parse(execFileSync(execPath, ["--input-type=module", "--eval", code], { encoding: "utf8" }));
}

/** A page that sends its times. */
function inBrowser(engine: Engine): Promise<Times> {
  const code = `import { softmax } from ${JSON.stringify(DIST)};${CALLS}
    fetch("/answer", { method: "POST", body: JSON.stringify(times) });`;
  const { outputFiles } = buildSync({
    stdin: { contents: code, resolveDir: "." },
    bundle: true,
    format: "esm",
    write: false,
  });
  return answerOf(engine, new Map([["/page.js", outputFiles[0].text]]));
}
