/** The names of the colours in styles/colours.css. */
export type Colour =
  | "ground"
  | "surface"
  | "ink"
  | "muted"
  | "line"
  | "grid"
  | "accent"
  | "soft"
  | "other"
  | "warn"
  | "third";

const THEMES = ["system", "light", "dark"] as const;
const KEY = "theme";
const listeners = new Set<() => void>();

/** A colour as `rgb(…)`, for a canvas: SVG and HTML take `var(--NAME)`. */
export function colour(name: Colour): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
}

/** Red, green and blue from 0 to 255, for pixels. */
export function channels(name: Colour): [number, number, number] {
  const [r, g, b] = (colour(name).match(/[\d.]+/g) ?? ["0", "0", "0"]).map(Number);
  return [r, g, b];
}

/** Calls `redraw` after each change of the colours. */
export function onTheme(redraw: () => void): void {
  listeners.add(redraw);
}

/** Whether the visitor asked for less motion. */
export function wantsStillness(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Calls the listeners when the system changes from light to dark or back. */
export function followScreen(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
}

/** Makes of the button a switch between the system's theme, light and dark. */
export function themeButton(button: HTMLButtonElement): void {
  let at = Math.max(0, THEMES.indexOf((stored() ?? "system") as (typeof THEMES)[number]));
  const show = () => {
    const theme = THEMES[at];
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = { system: "Auto", light: "Light", dark: "Dark" }[theme];
    button.setAttribute("aria-label", `Colours: ${button.textContent}. Change`);
    tell();
  };
  button.addEventListener("click", () => {
    at = (at + 1) % THEMES.length;
    store(THEMES[at]);
    show();
  });
  show();
}

function tell(): void {
  for (const redraw of listeners) redraw();
}

/** Storage may be forbidden. */
function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function store(theme: string): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {}
}
