import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Candidate, lacks } from "../candidate.js";

export const litert: readonly Candidate[] = [
  {
    name: "LiteRT",
    includes: "not measured: as published its runtime is loaded by a page or a classic worker only",
    make: async () => {
      const { loadLiteRt } = await import("@litertjs/core");
      await loadLiteRt(`${dirname(fileURLToPath(import.meta.resolve("@litertjs/core/package.json")))}/wasm/`);
      lacks("model in its format");
    },
  },
];
