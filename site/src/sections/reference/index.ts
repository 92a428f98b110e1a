import { documents, functions } from "virtual:reference";
import { html, render } from "lit-html";
import { search } from "../../shared/search.js";
import "./reference.css";

const FOLDER = "./reference/";

export function mount(root: HTMLElement): void {
  const body = document.createElement("div");
  root.append(body);
  const field = document.createElement("div");
  render(
    html`
      <p>Every function with its options, bounds and errors, and the documents of the repository.</p>
      ${field}
      <h3>Functions</h3>
      <ul class="functions">
        ${functions.map(
          ({ name, id }) => html`<li><a href="${FOLDER}functions.html#${id}"><code>${name}</code></a></li>`,
        )}
      </ul>
      <h3>Documents</h3>
      <ul class="documents">
        ${documents.map(({ href, title }) => html`<li><a href="${FOLDER}${href}">${title}</a></li>`)}
      </ul>
    `,
    body,
  );
  search(field, FOLDER);
}
