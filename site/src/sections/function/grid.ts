import { allocate, softmax } from "softmax-wasm";

/** Both logits go from -EXTENT to EXTENT. */
export const EXTENT = 4;

/** The two logits of each pixel, x₁ to the right and x₂ up. */
export function gridOf<A extends Float32Array | Float64Array>(size: number, into: A): A {
  for (let row = 0, at = 0; row < size; row++) {
    const up = EXTENT * (1 - (2 * row + 1) / size);
    for (let column = 0; column < size; column++) {
      into[at++] = EXTENT * ((2 * column + 1) / size - 1);
      into[at++] = up;
    }
  }
  return into;
}

/**
 * Softmax of the two logits of each pixel of a square, one pixel after another. It is computed once for a side and a temperature,
 * for both pictures: `rows` tells how many softmaxes a call took.
 */
export function pixelSoftmax(): (side: number, temperature: number) => { p: Float32Array; rows: number } {
  let logits = allocate("f32", 0);
  let p = allocate("f32", 0);
  let last = { side: 0, temperature: 0 };
  return (side, temperature) => {
    if (last.side === side && last.temperature === temperature) return { p: p.view, rows: 0 };
    if (last.side !== side) {
      logits.free();
      p.free();
      logits = allocate("f32", 2 * side * side);
      p = allocate("f32", 2 * side * side);
      gridOf(side, logits.view);
    }
    last = { side, temperature };
    softmax(logits.view, { shape: [side * side, 2], temperature, out: p.view });
    return { p: p.view, rows: side * side };
  };
}
