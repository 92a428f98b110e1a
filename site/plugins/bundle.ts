import type { Rolldown } from "vite";

/** The files of a chunk, which is the first of them, and of all that it imports. */
export function scriptsOf(bundle: Rolldown.OutputBundle, name: string): string[] {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const entry = chunks.find((chunk) => chunk.name === name);
  if (!entry) throw new Error(`there is no chunk named ${name}`);
  const all = new Set([entry]);
  for (const { imports } of all)
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) all.add(chunk);
  return [...all].map(({ fileName }) => fileName);
}

/** The one stylesheet of all pages. */
export function stylesheet(bundle: Rolldown.OutputBundle): Rolldown.OutputAsset {
  const styles = Object.values(bundle).filter(({ fileName }) => fileName.endsWith(".css"));
  if (styles.length !== 1) throw new Error(`there are ${styles.length} stylesheets, not one`);
  return styles[0] as Rolldown.OutputAsset;
}
