import { html, type TemplateResult } from "lit-html";

export interface ChartParts {
  /** What the chart shows, in a few words: its name for a screen reader too. */
  title: string;
  /** Units, or how to read it. */
  note?: string;
  /** An `<svg>` or `<canvas>`, which is hidden from screen readers. */
  picture: unknown;
  /** What can be read from the chart, in sentences. It changes with the numbers. */
  text: string;
  /** The numbers themselves, behind a click. */
  table?: { head: readonly string[]; rows: readonly (readonly (string | number)[])[] };
}

/** A chart with its title, and what it shows as text and as a table. */
export function chart({ title, note, picture, text, table }: ChartParts): TemplateResult {
  return html`
    <figure class="chart">
      <figcaption><strong>${title}</strong>${note ? html` <span class="muted">${note}</span>` : ""}</figcaption>
      <div class="picture" role="img" aria-label="${title}. ${text}">${picture}</div>
      ${table ? html`<details><summary>Numbers</summary>${tableOf(table, title)}</details>` : ""}
    </figure>
  `;
}

function tableOf({ head, rows }: NonNullable<ChartParts["table"]>, title: string): TemplateResult {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Numbers: ${title}">
      <table>
        <thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
      </table>
    </div>
  `;
}
