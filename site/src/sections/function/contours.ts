import { contours } from "d3-contour";

/** Every `count`-th of the numbers, from number `component` on. */
export function componentOf(values: Float64Array, component: number, count: number): Float64Array {
  const those = new Float64Array(values.length / count);
  for (let i = 0, at = component; i < those.length; i++, at += count) those[i] = values[at];
  return those;
}

/**
 * Strokes where a function over the unit square has each of the levels. `values` are its values at the centres of size × size
 * cells, the first row at the top; `side` is that of the square in pixels, at the origin of the context.
 */
export function strokeLevels(
  context: CanvasRenderingContext2D,
  {
    values,
    size,
    levels,
    side,
  }: { values: ArrayLike<number>; size: number; levels: readonly number[]; side: number },
): void {
  const scale = side / size;
  const isInside = (at: number) => at > 0 && at < size;
  context.beginPath();
  for (const { coordinates } of contours()
    .size([size, size])
    .thresholds([...levels])(Array.from(values))) {
    for (const ring of coordinates.flat()) {
      for (const [i, [x, y]] of ring.entries()) {
        const [fromX, fromY] = ring[Math.max(0, i - 1)];
        // Rings are closed along the border, which is no level.
        if (i > 0 && isInside(x) && isInside(y) && isInside(fromX) && isInside(fromY)) {
          context.lineTo(x * scale, y * scale);
        } else {
          context.moveTo(x * scale, y * scale);
        }
      }
    }
  }
  context.stroke();
}
