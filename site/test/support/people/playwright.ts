import { chromium } from "playwright";
import type { Hands } from "./hands.js";

/** Chromium by its own protocol. */
export async function byPlaywright(executablePath: string): Promise<Hands> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  return {
    open: async (url) => void (await page.goto(url)),
    look: (find, argument) => page.evaluate(find as never, argument as never),
    press: (key) => page.keyboard.press(key),
    type: (text) => page.keyboard.type(text),
    async drag([[x, y], ...others]) {
      await page.mouse.move(x, y);
      await page.mouse.down();
      for (const point of others) await page.mouse.move(...point, { steps: 3 });
      await page.mouse.up();
    },
    choose: (selector, path) => page.locator(selector).setInputFiles(path),
    complaints: async () => complaints,
    close: () => browser.close(),
  };
}
