import type { Plugin } from "vite";
import { scriptsOf, stylesheet } from "./bundle.js";
import { earlyPlayground } from "./early.js";
import { EARLY_THEME } from "./earlyTheme.js";

/**
 * Puts the styles and a picture of the playground into index.html, and loads the scripts of the playground all at once after the
 * first paint: to ask for them takes a slow phone a third of the time until then.
 */
export function firstPaint(): Plugin {
  return {
    name: "first-paint",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const files = [...scriptsOf(bundle, "index"), ...scriptsOf(bundle, "playground")];
        const all = JSON.stringify([...new Set(files)].map((file) => `./${file}`));
        const load = `requestAnimationFrame(() => setTimeout(() => ${all}.map((file) => import(file))))`;
        return html
          .replace(/<link rel="(stylesheet|modulepreload)".*?>/g, "")
          .replace(/<script type="module".*?<\/script>/, () => `<script type="module">${load}</script>`)
          .replace("</head>", () => `${EARLY_THEME}<style>${stylesheet(bundle).source}</style></head>`)
          .replace(/<h2 id="playground-title">.*?<\/h2>/, (heading) => heading + earlyPlayground());
      },
    },
  };
}
