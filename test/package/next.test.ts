import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, expect, inject, test } from "vitest";
import { INSTALL_TIMEOUT, install, run } from "./run.js";

const folder = mkdtempSync(join(inject("consumer"), "../next-"));

const route = `
  import { createPool } from "softmax-wasm/threads";
  export const dynamic = "force-dynamic";
  const pool = createPool({ threads: 2 });
  export async function GET() {
    const { threads, softmax } = await pool;
    const p = await softmax(new Float32Array(2 ** 20), { shape: [1024, 1024] });
    return new Response([threads, p.every((value) => value === 2 ** -10)].join(" "));
  }`;
const layout = "export default ({ children }) => <html lang='en'><body>{children}</body></html>;";

beforeAll(() => {
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  install(folder, inject("tarball"), "next@16.4.6", "react@19.3.1", "react-dom@19.3.1");
}, INSTALL_TIMEOUT);

test("a route handler of Next has a pool, bundled as Next does by default", async () => {
  mkdirSync(join(folder, "app/score"), { recursive: true });
  writeFileSync(join(folder, "app/layout.js"), layout);
  writeFileSync(join(folder, "app/score/route.js"), route);
  const next = join(folder, "node_modules/next/dist/bin/next");
  run(folder, process.execPath, next, "build");
  const server = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", "0"], {
    cwd: folder,
  });
  try {
    for await (const line of createInterface(server.stdout)) {
      const address = /Local: +(\S+)/.exec(line)?.[1];
      if (address === undefined) continue;
      const response = await fetch(`${address}/score`);
      expect(await response.text()).toBe("2 true");
      return;
    }
    throw new Error("next start has ended");
  } finally {
    server.kill();
  }
});
