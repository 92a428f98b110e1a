import { html, type TemplateResult } from "lit-html";
import { slider } from "../../shared/slider.js";
import type { Filters } from "./writer.js";

const OFF = "off";

export interface FilterSliders {
  readonly view: TemplateResult;
  filters(): Filters;
}

/** Sliders of temperature, top-k, top-p and min-p. At one of its ends a filter is off. */
export function createSliders(words: number, onInput: () => void): FilterSliders {
  const temperature = slider({ label: "Temperature", min: 0.1, max: 4, value: 0.8, scale: "log", onInput });
  const topK = slider({
    label: "Top-k: the k likeliest",
    min: 1,
    max: words,
    value: 200,
    scale: "log",
    format: (k) => (k >= words ? OFF : Math.round(k).toLocaleString("en-US")),
    onInput,
  });
  const topP = slider({
    label: "Top-p: the fewest that reach p",
    min: 0.01,
    max: 1,
    value: 0.9,
    step: 0.01,
    format: (p) => (p >= 1 ? OFF : p.toFixed(2)),
    onInput,
  });
  const minP = slider({
    label: "Min-p: at least p of the likeliest",
    min: 0,
    max: 0.5,
    value: 0.02,
    step: 0.005,
    format: (p) => (p === 0 ? OFF : p.toFixed(3)),
    onInput,
  });
  return {
    view: html`${temperature.element}${topK.element}${topP.element}${minP.element}`,
    filters: () => ({
      temperature: temperature.value,
      topK: topK.value >= words ? 0 : Math.round(topK.value),
      topP: topP.value,
      minP: minP.value,
    }),
  };
}
