import { vi } from "vitest";
import { type Engine, firefox, webkit } from "../../../../test/engines/engines.js";
import { byBidi } from "./bidi.js";
import { drive } from "./drive.js";
import type { Hands, Point } from "./hands.js";
import { byPlaywright } from "./playwright.js";
import { byWebDriver } from "./webdriver.js";

/** For what has to come from the host, or to be computed. */
const PATIENCE = { timeout: 20_000, interval: 50 };

export type Person = Awaited<ReturnType<typeof visitorBy>>;

function handsOf({ name, files: [path] }: Engine): Promise<Hands> {
  if (name === "firefox") return drive(firefox, byBidi);
  if (name === "webkit") return drive(webkit, byWebDriver);
  return byPlaywright(path);
}

/** Someone at a browser. A selector finds the first element whose label or text begins with `name`. */
export async function visitorBy(engine: Engine) {
  const hands = await handsOf(engine);

  /** Until it is there. Scrolls to it, and tells where it lies in the window. */
  const find = (selector: string, name = "") =>
    vi.waitFor(async () => {
      const box = await hands.look(boxOf, [selector, name] as const);
      if (!box) throw new Error(`there is no ${selector} ${name}`);
      return box;
    }, PATIENCE);
  /** Moves the pressed mouse through points, which are shares of the element's width and height. */
  const drag = async (selector: string, points: readonly Point[], name?: string) => {
    const { x, y, width, height } = await find(selector, name);
    await hands.drag(points.map(([across, down]) => [x + across * width, y + down * height]));
  };

  return {
    ...hands,
    find,
    drag,
    click: (selector: string, name?: string) => drag(selector, [[0.5, 0.5]], name),
    text: (selector: string) =>
      hands.look((query) => document.querySelector(query)?.textContent?.trim() ?? "", selector),
    attribute: (selector: string, name: string) =>
      hands.look(([query, key]) => document.querySelector(query)?.getAttribute(key) ?? "", [
        selector,
        name,
      ] as const),
  };
}

function boxOf([selector, name]: readonly [string, string]) {
  const element = [...document.querySelectorAll(selector)].find((each) =>
    (each.getAttribute("aria-label") ?? each.textContent ?? "").trim().startsWith(name),
  );
  element?.scrollIntoView({ block: "center", behavior: "instant" });
  const box = element?.getBoundingClientRect();
  return box && { x: box.x, y: box.y, width: box.width, height: box.height };
}
