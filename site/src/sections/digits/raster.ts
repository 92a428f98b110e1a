import { PIXELS, SIDE } from "./network.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export type Stroke = readonly Point[];

/** MNIST fits a digit into a box of 20 × 20 … */
const BOX = 20;
/** … where its lines are about so wide. */
const PEN = 2.4;
/** A drawing that is smaller than this share of the paper is not blown up further: a dot stays a dot. */
const SMALLEST = 0.2;

const canvas = document.createElement("canvas");
canvas.width = SIDE;
canvas.height = SIDE;
const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;

/**
 * The strokes, on paper from 0 to 1, as an image of MNIST: scaled to a box of 20 × 20 pixels, in whose 28 × 28 the centre of
 * mass of the ink is the middle (LeCun, Bottou, Bengio and Haffner, 1998).
 */
export function rasterize(strokes: readonly Stroke[]): Float32Array {
  const points = strokes.flat();
  if (points.length === 0) return new Float32Array(PIXELS);
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const scale = (BOX - PEN) / Math.max(right - left, bottom - top, SMALLEST);
  const middle = { x: (left + right) / 2, y: (top + bottom) / 2 };
  const centre = centreOf(draw(strokes, scale, middle));
  const toMass = (at: number, offset: number) => at + (offset - SIDE / 2) / scale;
  return draw(strokes, scale, { x: toMass(middle.x, centre.x), y: toMass(middle.y, centre.y) });
}

/** With the point `middle` of the paper in the middle of the image. */
function draw(strokes: readonly Stroke[], scale: number, middle: Point): Float32Array {
  context.clearRect(0, 0, SIDE, SIDE);
  context.lineWidth = PEN;
  trace(context, strokes, (at, axis) => (at - middle[axis]) * scale + SIDE / 2);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Float32Array.from({ length: PIXELS }, (_, k) => data[4 * k + 3] / 255);
}

/** Draws the strokes with round ends; `place` gives a coordinate on the canvas. */
export function trace(
  target: CanvasRenderingContext2D,
  strokes: readonly Stroke[],
  place: (at: number, axis: "x" | "y") => number,
): void {
  target.lineCap = "round";
  target.lineJoin = "round";
  for (const stroke of strokes) {
    target.beginPath();
    for (const { x, y } of stroke) target.lineTo(place(x, "x"), place(y, "y"));
    // A line of one point would leave no ink.
    if (stroke.length === 1) target.lineTo(place(stroke[0].x, "x"), place(stroke[0].y, "y"));
    target.stroke();
  }
}

/** The centre of mass, where the first pixel is from 0 to 1. */
function centreOf(pixels: Float32Array): Point {
  let [mass, x, y] = [0, 0, 0];
  for (const [k, ink] of pixels.entries()) {
    mass += ink;
    x += ink * ((k % SIDE) + 0.5);
    y += ink * (Math.floor(k / SIDE) + 0.5);
  }
  return { x: x / mass, y: y / mass };
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
