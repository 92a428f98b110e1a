import { html, render } from "lit-html";

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
  const { label, min, scale = "linear", format = plain, onInput } = options;
  let { max } = options;
  const step = options.step ?? (max - min) / 100;
  const isLog = scale === "log";
  const element = document.createElement("div");
  element.className = "slider";
  const id = `slider-${++count}`;
  let value = options.value;
  const toPosition = (v: number) => (isLog ? (STEPS * Math.log(v / min)) / Math.log(max / min) : v);
  const toValue = (position: number) => {
    if (!isLog) return position;
    return position === STEPS ? max : Number((min * (max / min) ** (position / STEPS)).toPrecision(3));
  };

  const draw = () =>
    render(
      html`
        <label for=${id}>${label}</label>
        <output for=${id}>${format(value)}</output>
        <input id=${id} type="range" min=${isLog ? 0 : min} max=${isLog ? STEPS : max} step=${isLog ? 1 : step}
          .value=${String(isLog ? Math.round(toPosition(value)) : value)} aria-valuetext=${format(value)} @input=${moved}>
      `,
      element,
    );
  const moved = (event: Event) => {
    value = toValue((event.target as HTMLInputElement).valueAsNumber);
    draw();
    onInput(value);
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

function plain(value: number): string {
  return String(Number(value.toPrecision(3)));
}
