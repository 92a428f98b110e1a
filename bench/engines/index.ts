/**
 * `npm run bench:engines`: the benchmark in browsers. An engine's clock says little of another's, so a backend is measured by
 * its time over that of the plain loop in the same engine. Printed is where an engine has more than 1.5 times that of another.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { progress } from "../../examples/terminal.js";
import { ENGINES, type Engine, isInstalled } from "../../test/engines/engines.js";
import { openPage } from "../../test/engines/open.js";
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
const files = new Map(outputFiles.map(({ path, text }) => [path, text]));
const PAGE = '<!doctype html><script type="module" src="/page.js"></script>';
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

const engines = ENGINES.filter(isInstalled);
const measured: Record<string, Measured> = {};
mkdirSync("build", { recursive: true });
for (const engine of engines) {
  measured[engine.name] = await measure(engine);
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

/** Serves the page, isolated for the sake of its clock, and waits for what it posts. */
async function measure(engine: Engine): Promise<Measured> {
  let give = (_: Measured) => {};
  const result = new Promise<Measured>((resolve) => {
    give = resolve;
  });
  const server = createServer(async (request, response) => {
    const { url = "/", method } = request;
    if (method === "POST") {
      const body = await text(request);
      if (url === "/measured") give(JSON.parse(body));
      else progress(`${engine.name}: ${body} …`);
    }
    const type = url === "/" ? "text/html" : "text/javascript";
    response.writeHead(200, { ...ISOLATED, "content-type": type }).end(files.get(url) ?? PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = await openPage(engine, `http://127.0.0.1:${port}/`);
  try {
    return await result;
  } finally {
    await close();
    server.closeAllConnections();
    server.close();
  }
}
