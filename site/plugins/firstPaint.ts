import type { Plugin } from "vite";
import { assetsOf } from "./chunks.js";
import { earlyPlayground } from "./early.js";

/**
 * Puts the styles and a picture of the playground into index.html, and asks for the scripts of the playground at once: otherwise
 * each would be a trip to the host after another.
 */
export function firstPaint(): Plugin {
  return {
    name: "first-paint",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const { scripts, styles } = assetsOf(bundle, "playground");
        const inline = (file: string) => {
          const asset = bundle[file];
          return asset?.type === "asset" ? `<style>${asset.source}</style>` : "";
        };
        const links = [...html.matchAll(/<link rel="stylesheet"[^>]*href="\.\/([^"]+)">/g)];
        const page = links.reduce((text, [link, file]) => text.replace(link, () => inline(file)), html);
        const own = styles.filter((file) => links.every(([, other]) => other !== file));
        const preloads = scripts.map((file) => `<link rel="modulepreload" crossorigin href="./${file}">`);
        return page
          .replace(/<h2 id="playground-title">.*?<\/h2>/, (heading) => heading + earlyPlayground())
          .replace("</head>", () => `${own.map(inline).join("")}${preloads.join("")}</head>`);
      },
    },
  };
}
