import { render } from "lit-html";
import { slider } from "../../shared/slider.js";
import { compute } from "./compute.js";
import { heatMap } from "./heat.js";
import "./playground.css";
import { PRESETS } from "./presets.js";
import { readFile, readText, type Table } from "./read.js";
import { fromHash, INITIAL, type State, toHash } from "./state.js";
import { MOST_K, sliderOptions, view } from "./view.js";

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
  const options = sliderOptions(state);
  const sliders = {
    temperature: slider({ ...options.temperature, onInput: (temperature) => set({ temperature }) }),
    topK: slider({ ...options.topK, onInput: (topK) => set({ topK }) }),
    topP: slider({ ...options.topP, onInput: (topP) => set({ topP }) }),
    minP: slider({ ...options.minP, onInput: (minP) => set({ minP }) }),
  };

  /** Takes new logits where they can be read, and says why where they cannot. */
  const take = (read: () => Table, logits: string) => {
    try {
      table = read();
      row = 0;
      message = "";
      sliders.topK.max = Math.min(MOST_K, table.columns);
      sliders.topK.value = Math.min(state.topK, sliders.topK.max);
      set({ logits, topK: sliders.topK.value });
    } catch (error) {
      message = `The logits were not read: ${(error as Error).message}.`;
      state.logits = logits;
      draw();
    }
  };
  const takeState = (next: State) => {
    state = next;
    for (const name of ["temperature", "topK", "topP", "minP"] as const) sliders[name].value = next[name];
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
    const logits = values.subarray(row * columns, (row + 1) * columns);
    const results = compute(logits, state);
    heat.show(results.jacobian.values, results.jacobian.size);
    const { temperature, topK, topP, minP } = sliders;
    render(
      view({
        text: state.logits.startsWith("@") ? undefined : state.logits,
        logits,
        results,
        message,
        rows: { count: values.length / columns, current: row },
        temperature: temperature.element,
        filters: [topK.element, topP.element, minP.element],
        matrix: heat.canvas,
        onText: (text) => take(() => readText(text), text),
        onPreset: takePreset,
        onFile: takeFile,
        onRow: (next) => {
          row = next;
          draw();
        },
      }),
      body,
    );
  };

  // What the build has drawn of it, for the time until now.
  root.querySelector(".early")?.remove();
  takeState(state);
  const withFiles = (act: (files: FileList) => void) => (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    act(event.dataTransfer.files);
  };
  root.addEventListener(
    "dragover",
    withFiles(() => {}),
  );
  root.addEventListener(
    "drop",
    withFiles(([file]) => takeFile(file)),
  );
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
