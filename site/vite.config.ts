import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Any static host, and any folder of it.
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0 },
  worker: { format: "es" },
});
