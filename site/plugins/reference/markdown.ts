import MarkdownIt from "markdown-it";

/** A part of a page, from one heading to the next: what a search finds. */
export interface Part {
  /** Of the heading, within the page. */
  id: string;
  title: string;
  text: string;
}

export interface Rendered {
  html: string;
  title: string;
  parts: Part[];
}

/** The links of the repository that are pages here; all others within it become plain text. */
export type Pages = ReadonlyMap<string, string>;

/** Markdown as HTML, with the anchors that GitHub gives to headings, and tables and code that scroll by themselves. */
export function renderMarkdown(source: string, pages: Pages): Rendered {
  const markdown = new MarkdownIt({ html: true });
  const tokens = markdown.parse(source, {});
  const parts: Part[] = [];
  const used = new Map<string, number>();
  for (const [i, token] of tokens.entries()) {
    if (token.type === "heading_open") {
      const title = plain(tokens[i + 1].children ?? []);
      parts.push({ id: unique(slug(title), used), title, text: "" });
      token.attrSet("id", parts[parts.length - 1].id);
    } else if (token.type === "inline" && tokens[i - 1].type !== "heading_open") {
      linkWithin(token.children ?? [], pages);
      const part = parts.at(-1);
      if (part) part.text += `${plain(token.children ?? [])} `;
    } else if (token.type === "fence" && parts.length > 0) {
      parts[parts.length - 1].text += `${token.content} `;
    }
  }
  const { rules } = markdown.renderer;
  let tables = 0;
  rules.table_open = () =>
    `<div class="scroll" tabindex="0" role="region" aria-label="Table ${++tables}"><table>`;
  rules.table_close = () => "</table></div>";
  // A heading of nothing is none.
  rules.th_open = (list, i, options, _, self) => {
    if (list[i + 1].content === "") list[i].tag = list[i + 2].tag = "td";
    return self.renderToken(list, i, options);
  };
  rules.fence = rules.code_block = (list, i) =>
    `<pre tabindex="0"><code>${commented(markdown.utils.escapeHtml(list[i].content))}</code></pre>`;
  const html = markdown.renderer.render(tokens, markdown.options, {});
  return { html, title: parts[0]?.title ?? "", parts };
}

type Token = ReturnType<InstanceType<typeof MarkdownIt>["parse"]>[number];

function plain(tokens: readonly Token[]): string {
  return tokens
    .map(({ type, content }) => (type === "softbreak" ? " " : type === "html_inline" ? "" : content))
    .join("");
}

/** As GitHub does it: https://github.com/Flet/github-slugger */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

function unique(id: string, used: Map<string, number>): string {
  const before = used.get(id) ?? 0;
  used.set(id, before + 1);
  return before === 0 ? id : `${id}-${before}`;
}

function linkWithin(tokens: readonly Token[], pages: Pages): void {
  const open: boolean[] = [];
  for (const token of tokens) {
    if (token.type === "link_open") {
      const [path, hash] = String(token.attrGet("href") ?? "").split("#");
      const isOutside = /^https?:/.test(path);
      const page = path === "" ? "" : pages.get(path.replace(/^(\.\.\/|docs\/)+/, ""));
      const isKept = isOutside || page !== undefined;
      if (!isOutside && isKept) token.attrSet("href", `${page}${hash ? `#${hash}` : ""}`);
      if (!isKept) token.hidden = true;
      open.push(isKept);
    } else if (token.type === "link_close" && !open.pop()) {
      token.hidden = true;
    }
  }
}

/** Comments of code in the colour of what is said beside it. */
function commented(code: string): string {
  return code.replace(/(^|\s)((?:\/\/|#) .*)$/gm, '$1<span class="muted">$2</span>');
}
