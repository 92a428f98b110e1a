import { html, render } from "lit-html";
import { whole } from "../../shared/numbers.js";
import { slider } from "../../shared/slider.js";
import { DRAWS, distributionOf } from "./distribution.js";
import { fetchBook } from "./fetchBook.js";
import { createSliders } from "./filterSliders.js";
import { logitsAfter } from "./model.js";
import { keptText, rankChart } from "./rankChart.js";
import "./tokens.css";
import { gap } from "./words.js";
import { wordTable } from "./wordTable.js";
import { readPrompt, write } from "./writer.js";

/** How many words are written. */
const LENGTH = 60;

export async function mount(root: HTMLElement): Promise<void> {
  const book = await fetchBook();
  const body = document.createElement("div");
  root.append(body);
  const { vocabulary, tokens } = book;
  let prompt = "The white whale";
  let seed = 42;
  let isAsked = false;
  /** Draws once a frame: a slider tells more values than the screen can show. */
  const change = () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      redraw();
    });
  };
  const sliders = createSliders(vocabulary.length, change);
  const position = slider({
    label: "Which word is shown below",
    min: 1,
    max: LENGTH,
    value: 1,
    step: 1,
    onInput: change,
  });
  const choose = (k: number) => {
    position.value = k + 1;
    change();
  };
  const type = (event: Event) => {
    prompt = (event.target as HTMLInputElement).value;
    change();
  };
  const sow = (next: number) => {
    seed = Number.isSafeInteger(next) ? next : 0;
    change();
  };

  const redraw = () => {
    const filters = sliders.filters();
    const { tokens: context, unknown } = readPrompt(book, prompt);
    const text = write(book, context, LENGTH, filters, seed);
    const at = position.value - 1;
    const before = [...context, ...text.slice(0, at)];
    const logits = logitsAfter(book, before, new Float32Array(vocabulary.length));
    const distribution = distributionOf(logits, filters, seed);
    const spaced = (word: number, k: number) =>
      gap(vocabulary[[...context, ...text][k - 1]], vocabulary[word]);
    render(
      html`
        <p>
          A model of language gives a logit for each word it knows. This one counted ${whole(tokens.length)} words of
          <cite>Moby-Dick</cite> (Herman Melville, 1851), ${whole(vocabulary.length)} different ones: its logits are the logarithms of how
          likely each word is after the last two, mixed with what follows the last one, and with all words (Witten and Bell, 1991). Your
          browser counts again for every word.
        </p>
        <div class="split tokens">
          <div class="stack">
            <label>Prompt <input type="text" .value=${prompt} spellcheck="false" @input=${type}></label>
            ${unknown.length > 0 ? html`<p class="message">Not in the book, so left out: ${unknown.join(", ")}</p>` : ""}
            ${sliders.view}
            <div class="row">
              <label>Seed <input type="number" step="1" .value=${String(seed)}
                @input=${(event: Event) => sow((event.target as HTMLInputElement).valueAsNumber)}></label>
              <button type="button" @click=${() => sow(seed + 1)}>Next seed</button>
            </div>
          </div>
          <div class="stack">
            <p class="written" aria-label="The text">
              <span class="muted">${context.map((word, k) => [spaced(word, k), vocabulary[word]])}</span>${text.map(
                (word, k) => html`${spaced(word, context.length + k)}<button type="button" tabindex="-1"
                  aria-current=${k === at} @click=${() => choose(k)}>${vocabulary[word]}</button>`,
              )}
            </p>
            ${position.element}
            ${rankChart(distribution)}
            <p>${keptText(distribution)} The table has the likeliest, and how often each came in ${whole(DRAWS)} draws with this seed.</p>
            ${wordTable(vocabulary, distribution)}
          </div>
        </div>
      `,
      body,
    );
  };
  redraw();
}
