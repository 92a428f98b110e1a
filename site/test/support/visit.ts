import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect } from "vitest";
import { serve } from "./serve.js";

export interface Visit {
  page: Page;
  /** The bytes of each script that came, compressed. */
  scripts: Map<string, number>;
}

/** Opens the built page, once it can be used. At the end of a visit there must be no error on the console, and no request to another host. */
export function visitor(): (
  path: string,
  options: BrowserContextOptions,
  act: (visit: Visit) => Promise<void>,
) => Promise<void> {
  let browser: Browser;
  let server: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    server = await serve();
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });
  return async (path, options, act) => {
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    const scripts = new Map<string, number>();
    page.on("pageerror", ({ message }) => complaints.push(message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("request", (request) => {
      const address = request.url();
      if (!address.startsWith(new URL(server.url).origin) && !/^(blob|data):/.test(address))
        complaints.push(`asks for ${address}`);
    });
    page.on("response", async (response) => {
      if (response.url().endsWith(".js")) {
        scripts.set(response.url(), Number(await response.headerValue("content-length")));
      }
    });
    await page.goto(server.url + path);
    // At the anchor of another section the playground is out of sight, and is not loaded.
    if (!/#\w+$/.test(path)) await live(page);
    await act({ page, scripts });
    expect(complaints).toEqual([]);
    await context.close();
  };
}

/** Scrolls down the page, so that every section is loaded. */
export async function scrollThrough(page: Page): Promise<void> {
  for (const section of await page.locator("main > section").all()) {
    await section.scrollIntoViewIfNeeded();
    await expect.poll(() => section.getAttribute("data-mounted"), { timeout: 10_000 }).toBe("");
  }
}

/** Waits until the playground is no longer the picture that the build has drawn: that cannot be used. */
export async function live(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector(".early"));
}

/** A finger that goes through points of the window. */
export async function touch(page: Page, [first, ...others]: readonly { x: number; y: number }[]) {
  const client = await page.context().newCDPSession(page);
  const send = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: { x: number; y: number }[]) =>
    client.send("Input.dispatchTouchEvent", { type, touchPoints });
  await send("touchStart", [first]);
  for (const point of others) await send("touchMove", [point]);
  await send("touchEnd", []);
}

/** Drops a file of the disk onto the middle of an element. */
export async function dropFile(page: Page, selector: string, path: string): Promise<void> {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`there is no ${selector}`);
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await client.send("Input.dispatchDragEvent", { type, x, y, data });
}
