import type { Candidate } from "../candidate.js";

export const litert: readonly Candidate[] = [];
