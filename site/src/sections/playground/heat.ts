import { fitted } from "../../shared/canvas.js";
import { channels } from "../../shared/theme.js";

/** A square matrix as a heat map: the accent colour above 0, the colour of warnings below. Returns its canvas and how to change it. */
export function heatMap(): { canvas: HTMLCanvasElement; show: (values: Float64Array, size: number) => void } {
  const canvas = document.createElement("canvas");
  canvas.className = "heat";
  let values: Float64Array = new Float64Array(0);
  let size = 0;
  const request = fitted(canvas, (context, { width, height }) => {
    context.clearRect(0, 0, width, height);
    const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0) || 1;
    const gap = size > 24 ? 0 : Math.round(width / size / 20);
    const ground = channels("ground");
    const [above, below] = [channels("accent"), channels("warn")];
    const edge = (i: number) => Math.round((i * width) / size);
    for (const [at, value] of values.entries()) {
      const [row, column] = [Math.floor(at / size), at % size];
      const [x, y] = [edge(column), edge(row)];
      const end = value > 0 ? above : below;
      // A square root: the derivatives off the diagonal are products of two probabilities.
      const share = Math.sqrt(Math.abs(value) / most);
      const colour = ground.map((c, k) => Math.round(c + (end[k] - c) * share));
      context.fillStyle = Number.isNaN(value) ? "gray" : `rgb(${colour})`;
      context.fillRect(x, y, edge(column + 1) - x - gap, edge(row + 1) - y - gap);
    }
  });
  return {
    canvas,
    show(next, nextSize) {
      [values, size] = [next, nextSize];
      request();
    },
  };
}
