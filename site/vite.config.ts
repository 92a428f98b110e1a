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
    // One stylesheet: it is small, and in index.html before anything is asked for.
    cssCodeSplit: false,
    rolldownOptions: {
      input: { index: "index.html", document: "src/document.ts" },
      // A chunk that needs no document: the worker of the race takes it too.
      output: {
        codeSplitting: {
          groups: [{ name: "softmax-wasm", test: /softmax-wasm[\\/]dist[\\/](index|chunk)/ }],
        },
      },
    },
  },
  worker: { format: "es" },
  // Isolated, so that the race may start a pool. Elsewhere the page says that it may not.
  preview: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});
