import { describe, expect, test } from "vitest";
import { ENGINES, type Engine, isInstalled } from "../../test/engines/engines.js";
import { openPage } from "../../test/engines/open.js";
import { serve } from "./support/serve.js";

/** Chromium has the other tests. These browsers are opened without a driver: the page is used by its own events. */
const others = ENGINES.filter(({ name }) => name !== "chromium");

interface Found {
  readonly complaints: string[];
  /** What a screen reader says of the chart of probabilities. */
  readonly opened: string;
  readonly typed: string;
  readonly dragged: string;
  readonly sections: string[];
}

describe.each(others)("$name", (engine) => {
  test.skipIf(!isInstalled(engine))(
    "the page opens, follows typing and the temperature, and shows each section",
    async () => {
      const { complaints, opened, typed, dragged, sections } = await use(engine);
      expect(complaints).toEqual([]);
      expect(opened).toContain("logits. The largest probability is");
      expect(typed).toContain("3 logits. The largest probability is 66.5\u00a0%, of 2 at index 0");
      expect(dragged).toContain("100\u00a0%");
      expect(sections).toEqual(["playground", "function", "digits", "tokens", "race", "reference"]);
    },
    120_000,
  );
});

async function use(engine: Engine): Promise<Found> {
  let posted = (_: string) => {};
  const found = new Promise<string>((resolve) => {
    posted = resolve;
  });
  const server = await serve({ script: `(${visit})()`, posted });
  const close = await openPage(engine, server.url);
  try {
    return JSON.parse(await found);
  } finally {
    await close();
    server.close();
  }
}

/** Runs in the page, as text: it may use nothing from outside. */
async function visit(): Promise<void> {
  const complaints: string[] = [];
  addEventListener(
    "error",
    ({ message, target }) => complaints.push(message ?? `no ${(target as HTMLScriptElement).src}`),
    true,
  );
  addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
  for (const name of ["error", "warn"] as const)
    console[name] = (...words) => complaints.push(words.join(" "));

  const said = () =>
    document.querySelector('[role=img][aria-label^="softmax."]')?.getAttribute("aria-label") ?? "";
  /** Until it is so, or for 10 s. What is not so then is seen by the test. */
  const until = async (isSo: () => boolean) => {
    for (let k = 0; k < 200 && !isSo(); k++) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const enter = (selector: string, value: string) => {
    const field = document.querySelector(selector) as HTMLInputElement;
    field.value = value;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };

  await until(() => document.querySelector("#playground[data-mounted]") !== null && said() !== "");
  const opened = said();
  enter("#logits", "2, 1 0");
  await until(() => said().includes("66.5"));
  const typed = said();
  for (let position = 190; position >= 0; position -= 10) {
    enter("#playground input[type=range]", String(position));
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  await until(() => said().includes("is 100"));
  const dragged = said();
  const sections: string[] = [];
  for (const section of document.querySelectorAll("main > section")) {
    section.scrollIntoView();
    await until(() => section.hasAttribute("data-mounted"));
    if (section.hasAttribute("data-mounted")) sections.push(section.id);
  }
  await fetch("posted", {
    method: "POST",
    body: JSON.stringify({ complaints, opened, typed, dragged, sections } satisfies Found),
  });
}
