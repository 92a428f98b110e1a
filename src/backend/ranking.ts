import { type Ranking, topInTypeScript } from "./top.js";
import { TopByKernels } from "./wasm/top.js";

export const RANKING: Ranking = { js: topInTypeScript, ByKernels: TopByKernels };
