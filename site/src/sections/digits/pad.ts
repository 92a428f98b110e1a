import { fitted } from "../../shared/canvas.js";
import { colour } from "../../shared/theme.js";
import { PIXELS, SIDE } from "./network.js";
import { type Point, rasterize, type Stroke, trace } from "./raster.js";

const PEN = 0.07;

export interface Pad {
  readonly canvas: HTMLCanvasElement;
  /** Shows an image of 28 × 28 instead of a drawing. The next stroke begins on blank paper. */
  show(pixels: Float32Array): void;
  clear(): void;
}

/** Paper to draw on by mouse, pen or finger. Tells the image of MNIST that the drawing is, at each point. */
export function createPad(onDraw: (pixels: Float32Array) => void): Pad {
  const canvas = document.createElement("canvas");
  canvas.className = "pad";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Paper to draw a digit on, by mouse, pen or finger");
  let strokes: Point[][] = [];
  let image: Float32Array | undefined;
  const redraw = fitted(canvas, (context, { width, height }) => {
    context.clearRect(0, 0, width, height);
    if (image) drawImage(context, image, width);
    else drawStrokes(context, strokes, width);
  });

  const draw = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    // Between two frames a pen is at more places than one. Some browsers tell them, and some an empty list.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of moves.length > 0 ? moves : [event]) {
      strokes[strokes.length - 1].push({
        x: (clientX - box.left) / box.width,
        y: (clientY - box.top) / box.height,
      });
    }
    redraw();
    onDraw(rasterize(strokes));
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (image) strokes = [];
    image = undefined;
    canvas.setPointerCapture(event.pointerId);
    strokes.push([]);
    draw(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) draw(event);
  });

  return {
    canvas,
    show(pixels) {
      image = pixels;
      redraw();
    },
    clear() {
      strokes = [];
      image = undefined;
      redraw();
      onDraw(new Float32Array(PIXELS));
    },
  };
}

function drawStrokes(context: CanvasRenderingContext2D, strokes: readonly Stroke[], size: number): void {
  context.strokeStyle = colour("ink");
  context.lineWidth = PEN * size;
  trace(context, strokes, (at) => at * size);
}

/** The pixels as squares of ink. */
export function drawImage(context: CanvasRenderingContext2D, pixels: Float32Array, size: number): void {
  context.fillStyle = colour("ink");
  for (const [k, ink] of pixels.entries()) {
    if (ink === 0) continue;
    const [left, right] = [k % SIDE, (k % SIDE) + 1].map((at) => Math.round((at * size) / SIDE));
    const [top, bottom] = [Math.floor(k / SIDE), Math.floor(k / SIDE) + 1].map((at) =>
      Math.round((at * size) / SIDE),
    );
    context.globalAlpha = ink;
    context.fillRect(left, top, right - left, bottom - top);
  }
  context.globalAlpha = 1;
}
