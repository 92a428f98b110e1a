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
});
