import { html, render } from "lit-html";
import { calibration, fitTemperature } from "softmax-wasm";
import { slider } from "../../shared/slider.js";
import type { HeldOut, Model } from "./model.js";
import { CLASSES } from "./network.js";
import { named } from "./probabilities.js";
import { FEW, percent, reliability } from "./reliability.js";

const BINS = 10;

export interface Calibrated {
  /** The temperature that is set now: at first the one that fits best. */
  temperature(): number;
}

/** The slider of the temperature beside the reliability of the network as trained and at that temperature. */
export function mountCalibrated(body: HTMLElement, { fit, test }: Model, onChange: () => void): Calibrated {
  const { temperature: best } = fitTemperature(fit.logits, fit.labels, layoutOf(fit));
  const measure = (temperature: number) =>
    calibration(test.logits, test.labels, { ...layoutOf(test), bins: BINS, temperature });
  const before = measure(1);
  const change = () => {
    redraw();
    onChange();
  };
  const temperature = slider({
    label: "Temperature",
    min: 0.25,
    max: 8,
    value: best,
    scale: "log",
    format: named,
    onInput: change,
  });
  const fitAgain = () => {
    temperature.value = best;
    change();
  };

  const redraw = () =>
    render(
      html`
        <h3>How sure it is, and how often right</h3>
        <p>
          It was trained until it knew its own digits by heart, so it is surer than it is right. Temperature scaling divides the logits
          by T: no guess changes, only how sure it is. Of ${count(test)} digits that it was not trained on it is right in
          ${percent(before.accuracy)}. <code>fitTemperature</code> found ${named(best)} on ${count(fit)} others, and
          <code>calibration</code> drew these bars. Both read the logits as 8\u2011bit integers, a scale to each row.
        </p>
        <div class="split">
          <div class="stack">
            ${temperature.element}
            <div class="row"><button type="button" @click=${fitAgain}>Fit: ${named(best)}</button></div>
            <p class="muted">
              Bars that end at the diagonal are honest: what lacks, or is too much, is marked. A pale bar has fewer than ${FEW}
              digits.
            </p>
          </div>
          <div class="diagrams">
            ${reliability(`As trained, ${named(1)}`, before)} ${reliability(`At ${named(temperature.value)}`, measure(temperature.value))}
          </div>
        </div>
      `,
      body,
    );
  redraw();
  return { temperature: () => temperature.value };
}

function layoutOf({ scale, labels }: HeldOut) {
  return { shape: [labels.length, CLASSES], scale };
}

function count({ labels }: HeldOut): string {
  return labels.length.toLocaleString("en-US");
}
