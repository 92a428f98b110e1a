import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { scriptsOf, stylesheet } from "../bundle.js";
import { type Entry, readApi } from "./api.js";
import { type Pages, type Rendered, renderMarkdown } from "./markdown.js";
import { type Link, pageOf } from "./template.js";

const FOLDER = join(import.meta.dirname, "../../node_modules/softmax-wasm");
const API = join(import.meta.dirname, "../../../build/site/api.json");
const VIRTUAL = "virtual:reference";
/** The pages in their order; others follow. */
const ORDER = [
  "recipes",
  "tokens",
  "accuracy",
  "speed",
  "peers",
  "threads",
  "streams",
  "memory",
  "halfFloats",
  "cli",
  "coming-from",
  "abi",
];

interface Page extends Rendered {
  href: string;
}

/**
 * Makes pages in reference/ of the documents and the documentation comments of the package, reference/search.json of what
 * they say, and `virtual:reference` with the lists of functions and documents.
 */
export function reference(): Plugin {
  let pages: Page[] = [];
  return {
    name: "reference",
    async buildStart() {
      if (!existsSync(API)) throw new Error(`${API} is missing: npm --prefix site run build makes it`);
      const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
      const names = readdirSync(join(FOLDER, "docs")).filter((name) => name.endsWith(".md"));
      const links: Pages = new Map([
        ["README.md", "guide.html"],
        ...names.map((name) => [name, toHref(name)] as const),
      ]);
      const entries = await readApi(API, readme);
      const text = (name: string) => readFileSync(join(FOLDER, "docs", name), "utf8");
      const rank = (name: string) => ORDER.indexOf(name.replace(".md", "")) + 1 || ORDER.length + 1;
      pages = [
        { href: "functions.html", ...renderMarkdown(functionsPage(entries), links) },
        {
          href: "guide.html",
          ...renderMarkdown(readme.replaceAll("docs/speed", "speed"), links),
          title: "Guide",
        },
        ...names
          .sort((a, b) => rank(a) - rank(b))
          .map((name) => ({ href: toHref(name), ...renderMarkdown(text(name), links) })),
      ];
    },
    resolveId: (id) => (id === VIRTUAL ? `\0${VIRTUAL}` : undefined),
    load(id) {
      if (id !== `\0${VIRTUAL}`) return undefined;
      const functions = pages[0].parts.slice(1).map(({ title, id: anchor }) => ({ name: title, id: anchor }));
      const documents = pages.map(({ href, title }) => ({ href, title }));
      return `export const functions = ${JSON.stringify(functions)}; export const documents = ${JSON.stringify(documents)};`;
    },
    generateBundle: {
      // After the stylesheet.
      order: "post",
      handler(_, bundle) {
        const emit = (name: string, source: string | Uint8Array) =>
          this.emitFile({ type: "asset", fileName: `reference/${name}`, source });
        const assets = { script: scriptsOf(bundle, "document")[0], style: stylesheet(bundle).fileName };
        const links: Link[] = pages;
        for (const page of pages) emit(page.href, pageOf(page, links, page.href, assets));
        for (const name of readdirSync(join(FOLDER, "docs")).filter((file) => file.endsWith(".svg"))) {
          emit(name, readFileSync(join(FOLDER, "docs", name)));
        }
        const parts = pages.flatMap(({ href, title: page, parts: list }) =>
          list.map(({ id, title, text }) => ({ id: `${href}#${id}`, page, title, text })),
        );
        emit("search.json", JSON.stringify(parts));
      },
    },
  };
}

function toHref(name: string): string {
  return name.replace(".md", ".html");
}

function functionsPage(entries: readonly Entry[]): string {
  const sections = entries.map(
    ({ call, gives, name, markdown }) =>
      `## ${name}\n\n\`${call}\`: ${gives.replaceAll("](#", "](README.md#")}\n\n${markdown}`,
  );
  return `# Functions\n\nWhat the documentation comments say, which an editor shows too.\n\n${sections.join("\n\n")}\n`;
}
