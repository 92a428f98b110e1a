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
const runs: { paint: number; bars: number }[] = [];
for (let run = 0; run < RUNS; run++) {
  const page = await browser.newPage({ viewport: { width: 412, height: 823 } });
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", NETWORK);
  await client.send("Emulation.setCPUThrottlingRate", { rate: CPU });
  await page.goto(server.url);
  const bars = await page.waitForFunction(
    () => document.querySelector(".bar rect") && performance.now(),
    undefined,
    { polling: "raf" },
  );
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0].startTime,
  );
  runs.push({ paint, bars: (await bars.jsonValue()) as number });
  await page.close();
}
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1].toFixed(0);
console.log(
  `first paint ${median(runs.map(({ paint }) => paint))} ms, bars ${median(runs.map(({ bars }) => bars))} ms (medians of ${RUNS})`,
);
await browser.close();
server.close();
