import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Any static host, and any folder of it.
  base: "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    rolldownOptions: {
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
