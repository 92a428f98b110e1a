import { html, render } from "lit-html";
import { softmax } from "softmax-wasm";
import { fitted } from "../../shared/canvas.js";
import type { Model, Sample } from "./model.js";
import { logitsOf, PIXELS } from "./network.js";
import { createPad, drawImage } from "./pad.js";
import { probabilityTable, type Reading, verdict } from "./probabilities.js";

/** A 3 that leaves some doubt. */
const FIRST_SAMPLE = 6;

/** The paper, the digits to choose, and the probabilities. Gives what draws these again. */
export function mountDrawing(body: HTMLElement, model: Model, temperatureNow: () => number): () => void {
  let pixels = model.samples[FIRST_SAMPLE].pixels;
  const change = (next: Float32Array) => {
    pixels = next;
    redraw();
  };
  const choose = (sample: Sample) => {
    pad.show(sample.pixels);
    change(sample.pixels);
  };
  const pad = createPad(change);
  const [seen, redrawSeen] = image(() => pixels);
  const thumbnails = model.samples.map((sample) => {
    const [canvas] = image(() => sample.pixels);
    return html`<button type="button" aria-label="A ${sample.label} of MNIST" @click=${() => choose(sample)}>${canvas}</button>`;
  });

  const redraw = () => {
    redrawSeen();
    const reading = read(model, pixels, temperatureNow());
    render(
      html`
        <div class="split digits">
          <div class="stack">
            <div class="papers">
              <figure>${pad.canvas}<figcaption class="muted">Draw here, or choose one below</figcaption></figure>
              <figure>${seen}<figcaption class="muted">What it sees, centred</figcaption></figure>
            </div>
            <div class="samples" role="group" aria-label="Digits to choose">${thumbnails}</div>
            <div class="row"><button type="button" @click=${() => pad.clear()}>Clear</button></div>
          </div>
          <div>
            <p role="status">${verdict(reading)}</p>
            ${probabilityTable(reading)}
          </div>
        </div>
      `,
      body,
    );
  };
  pad.show(pixels);
  redraw();
  return redraw;
}

function read({ network }: Model, pixels: Float32Array, temperature: number): Reading | undefined {
  if (pixels.every((ink) => ink === 0)) return undefined;
  const logits = logitsOf(network, pixels, pixels.length / PIXELS);
  return { raw: softmax(logits), tempered: softmax(logits, { temperature }), temperature };
}

function image(pixels: () => Float32Array): [canvas: HTMLCanvasElement, redraw: () => void] {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  const redraw = fitted(canvas, (context, { width, height }) => {
    context.clearRect(0, 0, width, height);
    drawImage(context, pixels(), width);
  });
  return [canvas, redraw];
}
