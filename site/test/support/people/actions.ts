import type { Point } from "./hands.js";

// Input as both WebDriver and WebDriver BiDi take it: https://www.w3.org/TR/webdriver2/#actions

/** Keys that are no characters: https://www.w3.org/TR/webdriver2/#keyboard-actions */
const KEYS: Record<string, string> = {
  Backspace: "\uE003",
  Tab: "\uE004",
  Control: "\uE009",
  End: "\uE010",
  Home: "\uE011",
  ArrowRight: "\uE014",
};

const keys = (actions: object[]) => [{ type: "key", id: "keys", actions }];
const down = (key: string) => ({ type: "keyDown", value: KEYS[key] ?? key });
const up = (key: string) => ({ type: "keyUp", value: KEYS[key] ?? key });

/** A key, or keys joined by "+" that are held together. */
export function pressing(key: string): object[] {
  const held = key.split("+");
  return keys([...held.map(down), ...held.reverse().map(up)]);
}

export function typing(text: string): object[] {
  return keys([...text].flatMap((key) => [down(key), up(key)]));
}

export function dragging([first, ...others]: readonly Point[]): object[] {
  const move = ([x, y]: Point) => ({
    type: "pointerMove",
    x: Math.round(x),
    y: Math.round(y),
    duration: 20,
  });
  const [press, release] = ["pointerDown", "pointerUp"].map((type) => ({ type, button: 0 }));
  const actions = [move(first), press, ...others.map(move), release];
  return [{ type: "pointer", id: "mouse", actions }];
}
