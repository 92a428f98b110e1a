import { html, type TemplateResult } from "lit-html";
import { short, whole } from "../../shared/numbers.js";
import type { SliderOptions } from "../../shared/slider.js";
import { errors, jacobian, logarithms, meters, probabilities } from "./charts.js";
import type { Results } from "./compute.js";
import { PRESETS } from "./presets.js";
import type { State } from "./state.js";

/** The largest k that the slider reaches. */
export const MOST_K = 100;

export interface View {
  /** undefined for more logits than are shown. */
  text: string | undefined;
  logits: Float64Array;
  results: Results;
  message: string;
  rows: { count: number; current: number };
  temperature: unknown;
  filters: unknown[];
  /** The picture of the Jacobian. */
  matrix: unknown;
  onText: (text: string) => void;
  onPreset: (name: string) => void;
  onFile: (file: File | undefined) => void;
  onRow: (row: number) => void;
}

const nothing = () => {};

export function sliderOptions(state: State) {
  const off = (at: number) => (value: number) => (value === at ? "off" : short(value));
  return {
    temperature: {
      label: "Temperature",
      min: 0.05,
      max: 20,
      scale: "log",
      value: state.temperature,
      onInput: nothing,
    },
    topK: {
      label: "top-k",
      min: 0,
      max: MOST_K,
      step: 1,
      value: state.topK,
      format: off(0),
      onInput: nothing,
    },
    topP: { label: "top-p", min: 0, max: 1, value: state.topP, format: off(1), onInput: nothing },
    minP: { label: "min-p", min: 0, max: 0.5, value: state.minP, format: off(0), onInput: nothing },
  } satisfies Record<string, SliderOptions>;
}

/** The playground as it is at one moment, on a page or in a build. */
export function view({ logits, results, matrix, temperature, filters, ...inputs }: View): TemplateResult {
  return html`
    <div class="split">
      <div class="stack controls">
        <div class="temperature">${temperature}</div>
        ${logitsField(logits, inputs)}
        ${examples(inputs)}
        ${rowField(inputs)}
        <div class="stack filters">${filters}</div>
      </div>
      <div class="charts">
        <div class="wide first">${probabilities(logits, results)}</div>
        <div class="wide">${logarithms(logits, results)}</div>
        <div class="wide">${meters(results)}</div>
        ${jacobian(results, matrix)} ${errors(results)}
      </div>
    </div>
  `;
}

function logitsField(
  logits: Float64Array,
  { text, message, onText }: Pick<View, "text" | "message" | "onText">,
) {
  return html`
    <div>
      <label for="logits">Logits</label>
      <span class="muted" id="logits-hint">paste, type, or drop a file</span>
      <textarea id="logits" rows="3" spellcheck="false" aria-describedby="logits-hint" .value=${text ?? ""}
        placeholder=${text === undefined ? `${whole(logits.length)} numbers` : ""}
        @input=${(event: Event) => onText((event.target as HTMLTextAreaElement).value)}></textarea>
      <p class="message" role="status">${message}</p>
    </div>
  `;
}

function examples({ onPreset, onFile }: Pick<View, "onPreset" | "onFile">) {
  return html`
    <div class="row examples" role="group" aria-label="Examples">
      ${Object.entries(PRESETS).map(
        ([name, { label }]) => html`<button type="button" @click=${() => onPreset(name)}>${label}</button>`,
      )}
      <label class="button file">.npy, CSV or JSON
        <input type="file" accept=".npy,.csv,.tsv,.txt,.json" class="hidden"
          @change=${(event: Event) => onFile((event.target as HTMLInputElement).files?.[0])}>
      </label>
    </div>
  `;
}

function rowField({ rows: { count, current }, onRow }: Pick<View, "rows" | "onRow">) {
  if (count === 1) return "";
  const changed = (event: Event) => {
    const typed = (event.target as HTMLInputElement).valueAsNumber || 1;
    onRow(Math.min(count, Math.max(1, typed)) - 1);
  };
  return html`
    <label class="row">Row
      <input type="number" min="1" max=${count} .value=${String(current + 1)} @change=${changed}> of ${whole(count)}
    </label>
  `;
}
