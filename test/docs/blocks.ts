import { readdirSync, readFileSync } from "node:fs";

/** A block of code of the documentation. */
export interface Block {
  /** The file and the line of its first line of code. */
  readonly place: string;
  readonly code: string;
  /**
   * Where it runs: `node` without a marker. Others say so in a comment above the block:
   *
   *     <!-- npm: onnxruntime-common@1.30.0 -->   as a module beside the packed package and these packages
   *     <!-- browser -->                          in Chromium, with the blocks of its section: each begins with its file's name
   */
  readonly host: "node" | "npm" | "browser";
  /** The packages after `npm:`. */
  readonly packages: readonly string[];
  /** The heading above it. */
  readonly section: string;
}

const FENCE =
  /^(?:<!-- (?<host>\w+)(?:: (?<packages>.*?))? -->\n+)?^```(?<language>\w*)\n(?<code>.*?)^```$/gms;

/** The README and docs/, by their paths. */
export function documents(): ReadonlyMap<string, string> {
  const paths = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)];
  return new Map(
    paths.filter((path) => path.endsWith(".md")).map((path) => [path, readFileSync(path, "utf8")]),
  );
}

/** The blocks of JavaScript and TypeScript, in the order in which they stand. */
export function blocks(): Block[] {
  return [...documents()].flatMap(([path, text]) =>
    [...text.matchAll(FENCE)]
      .filter(({ groups }) => groups?.language === "js" || groups?.language === "ts")
      .map((match) => {
        const { host = "node", packages = "", code = "" } = match.groups ?? {};
        if (host !== "node" && host !== "npm" && host !== "browser") {
          throw new Error(`${path}: there is no host ${host}`);
        }
        const above = text.slice(0, match.index);
        const line = above.split("\n").length + match[0].split("```")[0].split("\n").length;
        const section = above.split(/^#+ /m).at(-1)?.split("\n")[0] ?? "";
        return {
          place: `${path}:${line}`,
          code,
          host,
          packages: packages.split(" ").filter(Boolean),
          section,
        };
      }),
  );
}
