import { aboveInTypeScript, type Search } from "./above.js";
import { aboveByKernels } from "./wasm/above.js";

export const SEARCH: Search = { js: aboveInTypeScript, byKernels: aboveByKernels };
