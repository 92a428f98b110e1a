import { html, type TemplateResult } from "lit-html";
import "./barTable.css";

export interface BarRow {
  readonly name: string;
  /** Two shares from 0 to 1: before and after. */
  readonly bars: readonly [before: number, after: number];
  /** A text for each column: the first one is about the first bar. */
  readonly cells: readonly string[];
  readonly emphasis?: "strong" | "faint";
}

export interface BarTable {
  /** For a screen reader. */
  readonly caption: string;
  /** Of the names, and of each column of texts. */
  readonly head: readonly [string, ...string[]];
  readonly rows: readonly BarRow[];
}

/** A table whose rows have two bars, one over the other, between their name and their numbers. */
export function barTable({ caption, head: [name, ...columns], rows }: BarTable): TemplateResult {
  return html`
    <table class="bar-table">
      <caption class="hidden">${caption}</caption>
      <thead>
        <tr>
          <th scope="col"><span class="hidden">${name}</span></th>
          <td class="bars"></td>
          ${columns.map((column, k) => html`<th scope="col" class=${classOf(k)}>${column}</th>`)}
        </tr>
      </thead>
      <tbody>${rows.map(rowOf)}</tbody>
    </table>
  `;
}

function rowOf({ name, bars: [before, after], cells, emphasis }: BarRow): TemplateResult {
  return html`
    <tr class=${emphasis ?? ""}>
      <th scope="row">${name}</th>
      <td class="bars" aria-hidden="true">
        <i class="first" style="inline-size: ${100 * before}%"></i>
        <i style="inline-size: ${100 * after}%"></i>
      </td>
      ${cells.map((cell, k) => html`<td class=${classOf(k)}>${cell}</td>`)}
    </tr>
  `;
}

function classOf(column: number): string {
  return ["first", "second"][column] ?? "";
}
