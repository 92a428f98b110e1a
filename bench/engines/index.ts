/**
 * `npm run bench:engines`: the benchmark in browsers. An engine's clock says little of another's, so a backend is measured by
 * its time over that of the plain loop in the same engine. Printed is where an engine has more than 1.5 times that of another.
 * Mostly it is the loop that differs: its Math.exp takes Firefox 1.5 to 2 times as long. In nanoseconds the kernels were within
 * 1.6 of each other in every row (Chromium, Firefox, WebKit of Debian 12, one quiet machine).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { progress } from "../../examples/terminal.js";
import { ENGINES, isInstalled } from "../../test/engines/engines.js";
import { answerOf } from "./answer.js";
import type { Ratios } from "./worker.js";

/** By table. */
type Measured = Record<string, Ratios>;

const MOST = 1.5;
const BACKENDS = ["relaxed", "simd", "js"];

const { outputFiles } = await build({
  entryPoints: ["bench/engines/page.ts", "bench/engines/worker.ts"],
  bundle: true,
  format: "esm",
  target: "es2022",
  outdir: "/",
  write: false,
});
const scripts = new Map(outputFiles.map(({ path, text }) => [path, text]));

const engines = ENGINES.filter(isInstalled);
const measured: Record<string, Measured> = {};
mkdirSync("build", { recursive: true });
for (const engine of engines) {
  measured[engine.name] = await answerOf<Measured>(engine, scripts, (said) =>
    progress(`${engine.name}: ${said} …`),
  );
  writeFileSync("build/engines.json", JSON.stringify(measured, undefined, 2));
}
progress("");

for (const backend of BACKENDS) {
  console.log(`\n${backend}: its time over that of the loop, where engines differ by more than ${MOST}`);
  for (const [table, rows] of Object.entries(measured[engines[0].name])) {
    for (const row of Object.keys(rows)) {
      const found = engines
        .map(({ name }) => [name, measured[name][table]?.[row]?.[backend]] as const)
        .filter((entry): entry is readonly [(typeof entry)[0], number] => entry[1] !== undefined);
      const ratios = found.map(([, ratio]) => ratio);
      const factor = Math.max(...ratios) / Math.min(...ratios);
      if (factor > MOST) {
        const each = found.map(([name, ratio]) => `${name} ${ratio.toFixed(3)}`);
        console.log(`${factor.toFixed(1)}  ${table}, ${row}: ${each.join(", ")}`);
      }
    }
  }
}
