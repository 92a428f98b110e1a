const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar as long as the fraction, which is from 0 to 1, and blank up to `width`. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(fraction * width * 8);
  return ("█".repeat(eighths >> 3) + PARTS[eighths & 7]).padEnd(width);
}
