import { html, render } from "lit-html";
import MiniSearch from "minisearch";

interface Part {
  /** The address of the part, in the folder of the reference. */
  id: string;
  page: string;
  title: string;
  text: string;
}

/** More results than these are not read. */
const MOST = 12;
let count = 0;

/** A field that searches the reference, with its results below. `folder` is where the reference lies, with a slash at its end. */
export function search(root: HTMLElement, folder: string): void {
  const id = `search-${++count}`;
  let index: Promise<MiniSearch<Part>> | undefined;
  let query = "";
  let results: Part[] | undefined;

  const draw = () =>
    render(
      html`
        <form class="search" role="search" @submit=${(event: Event) => event.preventDefault()}>
          <label for=${id}>Search</label>
          <input id=${id} type="search" autocomplete="off" @focus=${load} @input=${changed} .value=${query}>
        </form>
        <div role="status" class="found muted">
          ${results === undefined ? "" : results.length === 0 ? `Nothing is found for “${query}”.` : html`<span class="hidden">${results.length} found</span>`}
        </div>
        <ol class="results">
          ${results?.map(
            ({ id: address, page, title, text }) => html`
              <li><a href="${folder}${address}">${title}</a> <span class="muted">${page === title ? "" : page}</span>
                <p class="muted">${excerpt(text)}</p></li>`,
          )}
        </ol>
      `,
      root,
    );
  const load = () => {
    index ??= fetchIndex(`${folder}search.json`);
    return index;
  };
  const changed = async (event: Event) => {
    const typed = (event.target as HTMLInputElement).value.trim();
    query = typed;
    const found = typed === "" ? undefined : (await load()).search(typed).slice(0, MOST);
    // More may have been typed while the index came.
    if (query !== typed) return;
    results = found as Part[] | undefined;
    draw();
  };
  draw();
}

const split: (text: string) => string[] = MiniSearch.getDefault("tokenize");

async function fetchIndex(address: string): Promise<MiniSearch<Part>> {
  const index = new MiniSearch<Part>({
    fields: ["title", "page", "text"],
    storeFields: ["page", "title", "text"],
    // softmaxJacobian is found by jacobian too.
    tokenize: (text) => split(text).flatMap((word) => [word, ...word.split(/(?<=[a-z])(?=[A-Z])/).slice(1)]),
    searchOptions: { prefix: true, fuzzy: 0.15, boost: { title: 4, page: 1.5 }, combineWith: "AND" },
  });
  index.addAll(await (await fetch(address)).json());
  return index;
}

function excerpt(text: string): string {
  const start = text.trim();
  return start.length > 110 ? `${start.slice(0, 110)}…` : start;
}
