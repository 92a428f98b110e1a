import { html, nothing, type TemplateResult } from "lit-html";
import { plot } from "./plot.js";
import { toJson, toMarkdown } from "./report.js";
import { progressOf, type Race } from "./standings.js";

/** How the race stands, what could not take part, and the numbers to take along. */
export function results(
  race: Race,
  copied: string,
  copy: (what: string, text: string) => void,
): TemplateResult {
  const hasTimes = race.standings.some(({ times }) => times !== undefined);
  return html`
    <div>
      <progress max="1" .value=${progressOf(race)} aria-label="Progress of the race"></progress>
      <p class="muted" role="status">${stateOf(race)}</p>
    </div>
    ${hasTimes ? plot(race) : nothing}
    ${race.out.map(({ name, reason }) => html`<p class="muted out">${name} does not run: ${reason}.</p>`)}
    ${hasTimes ? numbers(race, copied, copy) : nothing}
  `;
}

function numbers(race: Race, copied: string, copy: (what: string, text: string) => void): TemplateResult {
  const markdown = toMarkdown(race);
  return html`
    <div class="row">
      <button type="button" @click=${() => copy("Markdown", markdown)}>Copy Markdown</button>
      <button type="button" @click=${() => copy("JSON", toJson(race))}>Copy JSON</button>
      <span class="muted" role="status">${copied}</span>
    </div>
    <details><summary>Markdown</summary>
      <textarea readonly rows="12" aria-label="The numbers as Markdown" .value=${markdown}></textarea>
    </details>
  `;
}

function stateOf(race: Race): string {
  switch (race.state) {
    case "preparing":
      return `Preparing ${race.preparing} …`;
    case "running":
      return "Running …";
    case "stopped":
      return "Stopped.";
    case "done":
      return `Done: ${race.rounds} rounds.`;
  }
}
