import { html, render, type TemplateResult } from "lit-html";

export interface SliderOptions {
  label: string;
  min: number;
  max: number;
  value: number;
  /** Default: "linear". */
  scale?: "linear" | "log";
  /** Of a linear scale. Default: a hundredth of the range. */
  step?: number;
  /** The text beside the label, and what a screen reader says. */
  format?: (value: number) => string;
  onInput: (value: number) => void;
}

export interface Slider {
  element: HTMLElement;
  /** Setting it moves the thumb, and does not call `onInput`. */
  value: number;
  max: number;
}

const STEPS = 400;
let count = 0;

/** A labelled slider, linear or logarithmic, with its value as text. */
export function slider(options: SliderOptions): Slider {
  const element = document.createElement("div");
  element.className = "slider";
  const id = `slider-${++count}`;
  let { value, max } = options;
  const draw = () => render(inside({ ...options, value, max }, id, moved), element);
  const moved = (event: Event) => {
    value = valueAt((event.target as HTMLInputElement).valueAsNumber, { ...options, max });
    draw();
    options.onInput(value);
  };
  draw();
  return {
    element,
    get value() {
      return value;
    },
    set value(next) {
      value = next;
      draw();
    },
    get max() {
      return max;
    },
    set max(next) {
      max = next;
      draw();
    },
  };
}

/** What a slider looks like before its script has come. */
export function stillSlider(options: SliderOptions): TemplateResult {
  return html`<div class="slider">${inside(options, `still-${++count}`)}</div>`;
}

function inside(options: SliderOptions, id: string, moved?: (event: Event) => void): TemplateResult {
  const { label, min, max, value, scale, step = (max - min) / 100, format = plain } = options;
  const isLog = scale === "log";
  const position = isLog ? Math.round((STEPS * Math.log(value / min)) / Math.log(max / min)) : value;
  return html`
    <label for=${id}>${label}</label>
    <output for=${id}>${format(value)}</output>
    <input id=${id} type="range" min=${isLog ? 0 : min} max=${isLog ? STEPS : max} step=${isLog ? 1 : step}
      .value=${String(position)} aria-valuetext=${format(value)} @input=${moved}>
  `;
}

function valueAt(position: number, { min, max, scale }: SliderOptions): number {
  if (scale !== "log") return position;
  return position === STEPS ? max : Number((min * (max / min) ** (position / STEPS)).toPrecision(3));
}

function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}
