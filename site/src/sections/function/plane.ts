import { logit, softmax } from "softmax-wasm";
import type { Draw } from "../../shared/canvas.js";
import { channels, colour } from "../../shared/theme.js";
import { componentOf, strokeLevels } from "./contours.js";
import { EXTENT, gridOf, pixelSoftmax } from "./grid.js";

const LEVELS = [0.1, 0.3, 0.5, 0.7, 0.9];
/** Of the grid that the levels are found on. */
const GRID = 64;

/** Draws either component of softmax over the plane of two logits, and reports what it took. */
export function planes(settings: { temperature: number }, report: Report): [Draw, Draw] {
  const softmaxOf = pixelSoftmax();
  const coarse = gridOf(GRID, new Float64Array(2 * GRID * GRID));
  const draw = (component: 0 | 1): Draw => {
    let image = new ImageData(1, 1);
    return (context, { width, height, ratio }) => {
      const { temperature } = settings;
      const [left, bottom] = [Math.round(26 * ratio), Math.round(22 * ratio)];
      const side = Math.min(width - left, height - bottom);
      if (side !== image.width) image = new ImageData(side, side);
      const start = performance.now();
      const { p, rows } = softmaxOf(side, temperature);
      const computed = performance.now();
      context.clearRect(0, 0, width, height);
      shade(image, p, component);
      context.putImageData(image, left, 0);

      context.save();
      context.translate(left, 0);
      context.strokeStyle = colour("ink");
      context.globalAlpha = 0.45;
      context.lineWidth = ratio;
      const values = componentOf(softmax(coarse, { shape: [GRID * GRID, 2], temperature }), component, 2);
      strokeLevels(context, { values, size: GRID, levels: LEVELS, side });
      context.globalAlpha = 1;
      label(context, { component, temperature, side, ratio });
      context.restore();
      axes(context, { left, side, ratio });
      report(rows, computed - start, performance.now() - start);
    };
  };
  return [draw(0), draw(1)];
}

/** What a frame took: rows, milliseconds in softmax, and in all. */
export type Report = (rows: number, softmaxTime: number, time: number) => void;

function shade(image: ImageData, p: Float32Array, component: number): void {
  const pixels = new Uint32Array(image.data.buffer);
  const [from, to] = [channels("ground"), channels("accent")];
  const shades = Uint32Array.from({ length: 256 }, (_, i) => {
    const [r, g, b] = from.map((c, k) => Math.round(c + ((to[k] - c) * 0.8 * i) / 255));
    return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0;
  });
  for (let i = 0, at = component; i < pixels.length; i++, at += 2) pixels[i] = shades[(255 * p[at]) | 0];
}

/** Writes each level where its line crosses the diagonal x₁ = -x₂: there x₁ = ± T logit(level) / 2. */
function label(
  context: CanvasRenderingContext2D,
  {
    component,
    temperature,
    side,
    ratio,
  }: { component: number; temperature: number; side: number; ratio: number },
): void {
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3 * ratio;
  context.lineJoin = "round";
  context.strokeStyle = colour("ground");
  context.fillStyle = colour("ink");
  let last = -Infinity;
  for (const level of component === 0 ? LEVELS : [...LEVELS].reverse()) {
    const half = ((component === 0 ? 1 : -1) * temperature * logit(level)) / 2;
    const x = (side / 2) * (1 + half / EXTENT);
    // The numbers need room beside each other, and from the border.
    if (x - last < 22 * ratio || x < 12 * ratio || x > side - 12 * ratio) continue;
    last = x;
    context.strokeText(String(level), x, x);
    context.fillText(String(level), x, x);
  }
}

function axes(
  context: CanvasRenderingContext2D,
  { left, side, ratio }: { left: number; side: number; ratio: number },
): void {
  context.font = `${12 * ratio}px system-ui, sans-serif`;
  context.fillStyle = colour("muted");
  for (const [value, share] of [
    [`−${EXTENT}`, 0],
    ["0", 0.5],
    [String(EXTENT), 1],
  ] as const) {
    context.textBaseline = "top";
    context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    context.fillText(value, left + share * side, side + 6 * ratio);
    context.textAlign = "right";
    context.textBaseline = share === 0 ? "bottom" : share === 1 ? "top" : "middle";
    context.fillText(value, left - 6 * ratio, (1 - share) * side);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillText("x₁", left + 0.75 * side, side + 6 * ratio);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText("x₂", left - 6 * ratio, 0.25 * side);
}
