import { allocate, type Resident, softmax } from "softmax-wasm";
import type { Draw } from "../../shared/canvas.js";
import { channels, colour } from "../../shared/theme.js";
import { componentOf, strokeLevels } from "./contours.js";
import type { Report } from "./plane.js";

/** The largest logit: at a corner, where the other two are 0. */
export const CORNER = 8;
const LEVELS = [0.5, 0.9];
const GRID = 96;
/** The height of a triangle of side 1. */
const HEIGHT = Math.sqrt(0.75);

/** Softmax of three logits over a triangle: each pixel mixes the colours of the corners by its probabilities. */
export function triangle(settings: { temperature: number }, report: Report): Draw {
  let pixels = pixelsOf(0);
  const coarse = coarseGrid();
  return (context, { width, height, ratio }) => {
    const { temperature } = settings;
    const margin = Math.round(20 * ratio);
    const side = Math.floor(Math.min(width, (height - 2 * margin) / HEIGHT));
    if (side !== pixels.side) {
      pixels.logits.free();
      pixels.p.free();
      pixels = pixelsOf(side);
    }
    const { places, logits, p } = pixels;
    const start = performance.now();
    softmax(logits.view, { shape: [places.length, 3], temperature, out: p.view });
    const computed = performance.now();
    context.clearRect(0, 0, width, height);
    mix(pixels);
    context.putImageData(pixels.image, Math.round((width - side) / 2), margin);

    context.save();
    context.translate((width - side) / 2, margin);
    outline(context, side);
    context.strokeStyle = colour("ink");
    context.lineWidth = ratio;
    context.stroke();
    context.clip();
    context.globalAlpha = 0.6;
    const values = softmax(coarse, { shape: [GRID * GRID, 3], temperature });
    for (const component of [0, 1, 2]) {
      const those = componentOf(values, component, 3);
      strokeLevels(context, { values: those, size: GRID, levels: LEVELS, side });
    }
    context.restore();
    names(context, { width, side, margin, ratio });
    report(places.length, computed - start, performance.now() - start);
  };
}

/** The logits at a point of the square of side 1 around the triangle: CORNER times its barycentric coordinates. */
function logitsAt(x: number, y: number): [number, number, number] {
  const top = 1 - y / HEIGHT;
  const right = x - top / 2;
  return [CORNER * (1 - top - right), CORNER * right, CORNER * top];
}

interface Pixels {
  side: number;
  /** Of the pixels within the triangle, in the image. */
  places: Int32Array;
  /** Three for each of these. */
  logits: Resident<Float32Array>;
  p: Resident<Float32Array>;
  image: ImageData;
}

function pixelsOf(side: number): Pixels {
  const places: number[] = [];
  const logits: number[] = [];
  const rows = Math.ceil(side * HEIGHT) || 1;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < side; column++) {
      const x = logitsAt((column + 0.5) / side, (row + 0.5) / side);
      if (Math.min(...x) < 0) continue;
      places.push(row * side + column);
      logits.push(...x);
    }
  }
  const resident = allocate("f32", logits.length);
  resident.view.set(logits);
  return {
    side,
    places: Int32Array.from(places),
    logits: resident,
    p: allocate("f32", logits.length),
    image: new ImageData(side || 1, rows),
  };
}

function coarseGrid(): Float64Array {
  const at = (i: number) => (i + 0.5) / GRID;
  return Float64Array.from(
    Array.from({ length: GRID * GRID }, (_, i) => logitsAt(at(i % GRID), at(Math.floor(i / GRID)))).flat(),
  );
}

function mix({ places, p: { view: p }, image }: Pixels): void {
  const pixels = new Uint32Array(image.data.buffer);
  const [a, b, c] = [channels("accent"), channels("warn"), channels("third")];
  for (let i = 0, at = 0; i < places.length; i++, at += 3) {
    const [u, v, w] = [p[at], p[at + 1], p[at + 2]];
    const red = a[0] * u + b[0] * v + c[0] * w;
    const green = a[1] * u + b[1] * v + c[1] * w;
    const blue = a[2] * u + b[2] * v + c[2] * w;
    pixels[places[i]] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
}

function outline(context: CanvasRenderingContext2D, side: number): void {
  context.beginPath();
  context.moveTo(side / 2, 0);
  context.lineTo(side, side * HEIGHT);
  context.lineTo(0, side * HEIGHT);
  context.closePath();
}

function names(
  context: CanvasRenderingContext2D,
  { width, side, margin, ratio }: { width: number; side: number; margin: number; ratio: number },
): void {
  context.font = `${12 * ratio}px system-ui, sans-serif`;
  context.fillStyle = colour("muted");
  const left = (width - side) / 2;
  const below = margin + side * HEIGHT + 6 * ratio;
  context.textBaseline = "top";
  context.textAlign = "left";
  context.fillText(`x₁ = ${CORNER}`, left, below);
  context.textAlign = "right";
  context.fillText(`x₂ = ${CORNER}`, left + side, below);
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(`x₃ = ${CORNER}`, width / 2, margin - 5 * ratio);
}
