import { html, render } from "lit-html";
import { short, whole } from "../../shared/numbers.js";
import { slider } from "../../shared/slider.js";
import { errors, jacobian, logarithms, meters, probabilities } from "./charts.js";
import { compute } from "./compute.js";
import { heatMap } from "./heat.js";
import "./playground.css";
import { PRESETS } from "./presets.js";
import { readFile, readText, type Table } from "./read.js";
import { fromHash, INITIAL, type State, toHash } from "./state.js";

/** The largest k that the slider reaches. */
const MOST_K = 100;

export function mount(root: HTMLElement): void {
  let state: State = fromHash(location.hash) ?? { ...INITIAL };
  let table: Table = readText(INITIAL.logits);
  let row = 0;
  let message = "";
  let waiting = 0;
  const heat = heatMap();
  const body = document.createElement("div");
  root.append(body);

  const set = (change: Partial<State>) => {
    state = { ...state, ...change };
    draw();
    // Safari refuses more than 100 changes of the address in 30 seconds.
    clearTimeout(waiting);
    waiting = window.setTimeout(() => history.replaceState(null, "", toHash(state) ?? "#playground"), 400);
  };
  const temperature = slider({
    label: "Temperature",
    min: 0.05,
    max: 20,
    scale: "log",
    value: state.temperature,
    onInput: (value) => set({ temperature: value }),
  });
  temperature.element.classList.add("temperature");
  const topK = slider({
    label: "top-k",
    min: 0,
    max: MOST_K,
    step: 1,
    value: state.topK,
    format: (value) => (value === 0 ? "off" : String(value)),
    onInput: (value) => set({ topK: value }),
  });
  const topP = slider({
    label: "top-p",
    min: 0,
    max: 1,
    value: state.topP,
    format: (value) => (value === 1 ? "off" : short(value)),
    onInput: (value) => set({ topP: value }),
  });
  const minP = slider({
    label: "min-p",
    min: 0,
    max: 0.5,
    value: state.minP,
    format: (value) => (value === 0 ? "off" : short(value)),
    onInput: (value) => set({ minP: value }),
  });

  /** Takes new logits where they can be read, and says why where they cannot. */
  const take = (read: () => Table, logits: string) => {
    try {
      table = read();
      row = 0;
      message = "";
      topK.max = Math.min(MOST_K, table.columns);
      topK.value = Math.min(state.topK, topK.max);
      set({ logits, topK: topK.value });
    } catch (error) {
      message = `The logits were not read: ${(error as Error).message}.`;
      state.logits = logits;
      draw();
    }
  };
  const takeState = (next: State) => {
    state = next;
    [temperature.value, topK.value, topP.value, minP.value] = [
      next.temperature,
      next.topK,
      next.topP,
      next.minP,
    ];
    const preset = PRESETS[next.logits.slice(1)];
    if (next.logits.startsWith("@") && preset) takePreset(next.logits.slice(1));
    else take(() => readText(next.logits), next.logits);
  };
  const takePreset = (name: string) => {
    const values = PRESETS[name].make();
    const isLong = values.length > 1000;
    const logits = isLong ? `@${name}` : Array.from(values, String).join(", ");
    take(() => ({ values, columns: values.length }), logits);
  };
  const takeFile = async (file: File | undefined) => {
    if (!file) return;
    try {
      const read = await readFile(file);
      const text = Array.from(read.values.subarray(0, read.columns), String).join(", ");
      take(() => read, read.values.length <= 200 ? rowsOf(read) : text);
    } catch (error) {
      message = `${file.name} was not read: ${(error as Error).message}.`;
      draw();
    }
  };

  const draw = () => {
    const { values, columns } = table;
    const rows = values.length / columns;
    const logits = values.subarray(row * columns, (row + 1) * columns);
    const results = compute(logits, state);
    heat.show(results.jacobian.values, results.jacobian.size);
    const isNamed = state.logits.startsWith("@");
    render(
      html`
        <div class="split">
          <div class="stack controls">
            ${temperature.element}
            <div>
              <label for="logits">Logits</label>
              <span class="muted" id="logits-hint">paste, type, or drop a file</span>
              <textarea id="logits" rows="3" spellcheck="false" aria-describedby="logits-hint"
                .value=${isNamed ? "" : state.logits}
                placeholder=${isNamed ? `${whole(values.length)} numbers` : ""}
                @input=${(event: Event) => {
                  const { value } = event.target as HTMLTextAreaElement;
                  take(() => readText(value), value);
                }}></textarea>
              <p class="message" role="status">${message}</p>
            </div>
            <div class="row" role="group" aria-label="Examples">
              ${Object.entries(PRESETS).map(
                ([name, { label }]) =>
                  html`<button type="button" @click=${() => takePreset(name)}>${label}</button>`,
              )}
              <label class="button file">.npy, CSV or JSON
                <input type="file" accept=".npy,.csv,.tsv,.txt,.json" class="hidden"
                  @change=${(event: Event) => takeFile((event.target as HTMLInputElement).files?.[0])}>
              </label>
            </div>
            ${
              rows > 1
                ? html`<label class="row">Row <input type="number" min="1" max=${rows} .value=${String(row + 1)}
                    @change=${(event: Event) => {
                      row =
                        Math.min(rows, Math.max(1, (event.target as HTMLInputElement).valueAsNumber || 1)) -
                        1;
                      draw();
                    }}> of ${whole(rows)}</label>`
                : ""
            }
            ${topK.element} ${topP.element} ${minP.element}
          </div>
          <div class="charts">
            <div class="wide">${probabilities(logits, results)}</div>
            <div class="wide">${logarithms(logits, results)}</div>
            <div class="wide">${meters(results)}</div>
            ${jacobian(results, heat.canvas)}
            ${errors(results)}
          </div>
        </div>
      `,
      body,
    );
  };

  takeState(state);
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    takeFile(event.dataTransfer?.files[0]);
  });
  addEventListener("hashchange", () => {
    const next = fromHash(location.hash);
    if (next) takeState(next);
  });
}

/** One line a row. */
function rowsOf({ values, columns }: Table): string {
  const rows = Array.from({ length: values.length / columns }, (_, i) =>
    Array.from(values.subarray(i * columns, (i + 1) * columns), String).join(", "),
  );
  return rows.join("\n");
}
