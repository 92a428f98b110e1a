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
    await live(page);
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
