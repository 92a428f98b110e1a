import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

export const DIST = join(import.meta.dirname, "../../dist");
/** The page has to work from any folder. */
const FOLDER = "/some/folder/";
/** The same page, cross-origin isolated. */
const ISOLATED = "/isolated/folder/";
const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Serves the built page as a static host does, compressed; each page runs `script` before its own. */
export async function serve(script = ""): Promise<{ url: string; close: () => void }> {
  const server = createServer(async ({ url = "" }, response) => {
    const path = new URL(url, "http://host").pathname;
    const folder = [FOLDER, ISOLATED].find((each) => path.startsWith(each));
    const file = folder ? path.slice(folder.length) || "index.html" : "none";
    try {
      let content: string | Buffer = await readFile(join(DIST, file));
      if (script !== "" && file.endsWith(".html"))
        content = String(content).replace("<head>", () => `<head><script>${script}</script>`);
      const body = gzipSync(content);
      response.writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "application/octet-stream",
        "content-encoding": "gzip",
        "content-length": body.length,
        ...(folder === ISOLATED && ISOLATION),
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, "localhost", done));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${FOLDER}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
