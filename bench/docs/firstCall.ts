import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
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
      Object.entries(browsers())
        .filter(([, { path }]) => existsSync(path))
        .map(([name, browser]) => [name, () => inBrowser(browser)]),
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

interface Browser {
  readonly path: string;
  /** The arguments for a page, with a folder as the profile. */
  readonly args: (profile: string, url: string) => string[];
}

function browsers(): Record<string, Browser> {
  return {
    Chromium: {
      path: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: (profile, url) => ["--headless", "--no-sandbox", `--user-data-dir=${profile}`, url],
    },
    Firefox: {
      path: process.env.FIREFOX_PATH ?? "/usr/bin/firefox-esr",
      args: (profile, url) => ["--headless", "--no-remote", "--profile", profile, url],
    },
  };
}

/** A page that sends its times. It is isolated, as clocks are coarse elsewhere. */
async function inBrowser({ path, args }: Browser): Promise<Times> {
  const code = `import { softmax } from ${JSON.stringify(DIST)};${CALLS}
    fetch("/times", { method: "POST", body: JSON.stringify(times) });`;
  const { outputFiles } = buildSync({
    stdin: { contents: code, resolveDir: "." },
    bundle: true,
    format: "esm",
    write: false,
  });
  const profile = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
  const { promise, resolve: tell, reject } = withResolvers<Times>();
  const server = createServer(async (request, response) => {
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (request.method === "POST") {
      let body = "";
      for await (const chunk of request) body += chunk;
      tell(JSON.parse(body));
    }
    const isScript = request.url === "/main.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? outputFiles[0].text : '<script type="module" src="/main.js"></script>');
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const child = spawn(path, args(profile, url), { stdio: "ignore" });
  child.once("error", reject);
  const late = setTimeout(() => reject(new Error(`${path} sent nothing in a minute`)), 60_000);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    const closed = new Promise((ended) => child.once("close", ended));
    child.kill();
    await closed;
    server.closeAllConnections();
    server.close();
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    } catch {
      // A process of the browser still writes there. The system empties its folder of temporary files.
    }
  }
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
