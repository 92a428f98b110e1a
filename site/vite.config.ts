import { defineConfig } from "vite";
import { firstPaint } from "./plugins/firstPaint.js";
import { reference } from "./plugins/reference/plugin.js";

export default defineConfig({
  root: import.meta.dirname,
  // Any static host, and any folder of it.
  base: "./",
  plugins: [reference(), firstPaint()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    rolldownOptions: { input: { index: "index.html", document: "src/document.ts" } },
  },
  worker: { format: "es" },
});
