import { onTheme } from "./theme.js";

/** Draws on `width` × `height` pixels of the device; `ratio` of them make one of CSS. */
export type Draw = (
  context: CanvasRenderingContext2D,
  size: { width: number; height: number; ratio: number },
) => void;

/**
 * Keeps a canvas, whose size CSS gives, at the resolution of the device. Draws again after a change of its size or of the
 * theme, and at most once a frame after each call of the function that is returned.
 */
export function fitted(canvas: HTMLCanvasElement, draw: Draw): () => void {
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  let frame = 0;
  const request = () => {
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      const { width, height } = canvas;
      if (width > 0 && height > 0) draw(context, { width, height, ratio: width / canvas.clientWidth });
    });
  };
  const observer = new ResizeObserver(([{ contentRect, devicePixelContentBoxSize }]) => {
    // Safari does not tell the box in pixels of the device.
    const box = devicePixelContentBoxSize?.[0];
    const width = box?.inlineSize ?? Math.round(contentRect.width * devicePixelRatio);
    const height = box?.blockSize ?? Math.round(contentRect.height * devicePixelRatio);
    if (width !== canvas.width) canvas.width = width;
    if (height !== canvas.height) canvas.height = height;
    request();
  });
  try {
    observer.observe(canvas, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(canvas);
  }
  onTheme(request);
  return request;
}
