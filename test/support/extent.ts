/** Whether tests run at full extent: `vitest run --mode full`. */
export const FULL: boolean = import.meta.env?.MODE === "full";
