import { styleText } from "node:util";

export const hasColors = process.stdout.hasColors?.(256) ?? false;

export function bold(text: string): string {
  return hasColors ? styleText("bold", text) : text;
}

/** A line that is written over by the next one; nothing where nobody watches. */
export function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
}
