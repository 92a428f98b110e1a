import { chromium } from "playwright";
import { serve } from "./support/serve.js";

// How soon the built page paints, on a slow phone: `npx tsx site/test/paint.ts` from the top.

/** What Lighthouse calls slow 4G, and a processor four times as slow as this one. */
const NETWORK = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const CPU = 4;
const RUNS = Number(process.argv[2] ?? 5);

const server = await serve();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
const runs: { paint: number; live: number }[] = [];
for (let run = 0; run < RUNS; run++) {
  const page = await browser.newPage({ viewport: { width: 412, height: 823 } });
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", NETWORK);
  await client.send("Emulation.setCPUThrottlingRate", { rate: CPU });
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector("#playground[data-mounted]")) return;
      observer.disconnect();
      performance.mark("live");
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-mounted"] });
  });
  await page.goto(server.url);
  await page.waitForSelector("#playground[data-mounted]");
  const at = (name: string) =>
    page.evaluate((entry) => performance.getEntriesByName(entry)[0].startTime, name);
  runs.push({ paint: await at("first-contentful-paint"), live: await at("live") });
  await page.close();
}
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1].toFixed(0);
console.log(
  `first paint, bars included, ${median(runs.map(({ paint }) => paint))} ms; live ${median(runs.map(({ live }) => live))} ms; medians of ${RUNS}`,
);
await browser.close();
server.close();
