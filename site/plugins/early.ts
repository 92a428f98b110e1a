import { render } from "@lit-labs/ssr";
import { collectResultSync } from "@lit-labs/ssr/lib/render-result.js";
import { html } from "lit-html";
import { compute } from "../src/sections/playground/compute.js";
import { readText } from "../src/sections/playground/read.js";
import { INITIAL } from "../src/sections/playground/state.js";
import { sliderOptions, view } from "../src/sections/playground/view.js";
import { stillSlider } from "../src/shared/slider.js";

const nothing = () => {};

/** The playground as it is at first, computed by the build: it is seen before any script has come. */
export function earlyPlayground(): string {
  const logits = readText(INITIAL.logits).values;
  const { temperature, topK, topP, minP } = sliderOptions(INITIAL);
  const body = view({
    text: "",
    logits,
    results: compute(logits, INITIAL),
    message: "",
    rows: { count: 1, current: 0 },
    temperature: stillSlider(temperature),
    filters: [topK, topP, minP].map((options) =>
      stillSlider({ ...options, max: Math.min(options.max, logits.length) }),
    ),
    matrix: html`<div class="heat"></div>`,
    onText: nothing,
    onPreset: nothing,
    onFile: nothing,
    onRow: nothing,
  });
  const markup = collectResultSync(render(body));
  // Only lit needs its marks and the blanks of its templates.
  const small = markup.replace(/<!--.*?-->/gs, "").replace(/\s+/g, " ");
  // lit has no bindings within one.
  const filled = small.replace(/<textarea[^>]*>/, (tag) => tag + INITIAL.logits);
  // An address with logits of its own is not to show others first.
  const hide = `if (location.hash.includes("logits=")) document.querySelector(".early").style.visibility = "hidden"`;
  return `<div class="early" inert>${filled}</div><script>${hide}</script>`;
}
