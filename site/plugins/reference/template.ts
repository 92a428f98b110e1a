import { EARLY_THEME } from "../earlyTheme.js";
import type { Rendered } from "./markdown.js";

export interface Link {
  href: string;
  title: string;
}

/** A page of the reference, in the folder of that name. */
export function pageOf(
  { html, title, parts }: Rendered,
  links: readonly Link[],
  current: string,
  { script, style }: { script: string; style: string },
): string {
  const item = ({ href, title: name }: Link) =>
    `<li><a href="${href}"${href === current ? ' aria-current="page"' : ""}>${name}</a></li>`;
  const contents = parts.slice(1).filter(({ id }) => html.includes(`<h2 id="${id}"`));
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}: softmax-wasm</title>
    <meta name="color-scheme" content="light dark">
    ${EARLY_THEME}
    <link rel="icon" href="../icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="../${style}">
    <script type="module" src="../${script}"></script>
  </head>
  <body class="document">
    <a class="skip" href="#content">To the text</a>
    <header class="top">
      <a class="name" href="../index.html">softmax-wasm</a>
      <nav aria-label="Site"><a href="../index.html#playground">Playground</a><a href="../index.html#reference">Reference</a></nav>
      <button type="button" id="theme">Auto</button>
    </header>
    <div class="pages">
      <nav aria-label="Reference">
        <div id="search"></div>
        <ul>${links.map(item).join("")}</ul>
      </nav>
      <main id="content">
        ${html.replace("</h1>", `</h1>${contents.length > 2 ? `<nav class="contents" aria-label="On this page"><ul>${contents.map((part) => `<li><a href="#${part.id}">${part.title}</a></li>`).join("")}</ul></nav>` : ""}`)}
      </main>
    </div>
  </body>
</html>
`;
}
