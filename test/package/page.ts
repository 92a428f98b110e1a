import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { buildSync } from "esbuild";
import { type Browser, chromium } from "playwright";
import { afterAll } from "vitest";

export const chromiumPath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

const TYPES: { [extension: string]: string } = { ".html": "text/html", ".js": "text/javascript" };

/** Makes a folder with a page that runs `code`, as main.js. */
export function makePage(parent: string, code: string): string {
  const folder = mkdtempSync(join(parent, "page-"));
  writeFileSync(join(folder, "index.html"), '<body><script type="module" src="/main.js"></script>');
  writeFileSync(join(folder, "main.js"), code);
  return folder;
}

/** Returns the folder to serve. */
export function bundleWithEsbuild(page: string): string {
  const dist = join(page, "dist");
  buildSync({ entryPoints: [join(page, "main.js")], bundle: true, format: "esm", outdir: dist });
  copyFileSync(join(page, "index.html"), join(dist, "index.html"));
  return dist;
}

let launched: Promise<Browser> | undefined;
/** One for all pages of a test file. */
function browser(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
  return launched;
}
afterAll(async () => (await launched)?.close());

/** Serves `folder` with these headers, opens its page in Chromium and returns the text that it comes to have. */
export async function visit(folder: string, headers: Record<string, string>): Promise<string | null> {
  const server = createServer(({ url = "/" }, response) => {
    const file = join(folder, url === "/" ? "index.html" : url);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { ...headers, "content-type": TYPES[extname(file)] });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A context shares nothing with others.
  const context = await (await browser()).newContext();
  try {
    const page = await context.newPage();
    const failed = new Promise<never>((_, reject) => page.on("pageerror", reject));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const text = page.waitForFunction(() => document.body.textContent?.trim() || null);
    return await Promise.race([text.then((found) => found.jsonValue()), failed]);
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
}
