import { randomLcg, randomNormal } from "d3-random";

export interface Preset {
  label: string;
  make: () => Float64Array;
}

/** Logits by name, as the address has them behind an @. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  close: { label: "Nearly equal", make: () => Float64Array.of(5, 5.1, 4.9, 5.05, 4.95) },
  far: { label: "Far apart", make: () => Float64Array.of(1000, 990, 980, 10, -1000) },
  edge: { label: "With −∞", make: () => Float64Array.of(1, -Infinity, 2, 0.5, -Infinity, 1.5) },
  many: {
    label: "32,768 of N(0, 5²)",
    make: () => Float64Array.from({ length: 32_768 }, randomNormal.source(randomLcg(0.5))(0, 5)),
  },
};
