import type { Rolldown } from "vite";

/** The files of a chunk and of all that it imports. */
export interface Assets {
  /** The chunk's own first. */
  scripts: string[];
  /** In the order of the page. */
  styles: string[];
}

export function assetsOf(bundle: Rolldown.OutputBundle, name: string): Assets {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const entry = chunks.find((chunk) => chunk.name === name);
  if (!entry) throw new Error(`there is no chunk named ${name}`);
  const all = new Set([entry]);
  for (const { imports } of all)
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) all.add(chunk);
  const styles = [...all].reverse().flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]);
  return { scripts: [...all].map(({ fileName }) => fileName), styles };
}
