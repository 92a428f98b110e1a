export const SHAPES = [
  [1, 1000],
  [1000, 10],
  [1, 151_936],
  [1024, 1000],
] as const;

export type Shape = readonly [rows: number, columns: number];
export type Peer = "tfjs wasm" | "onnxruntime-web";

/** What the page tells the worker, once. To stop it, the page terminates it. */
export interface Start {
  readonly shape: Shape;
  readonly rounds: number;
  readonly peers: readonly Peer[];
  /** The URL of the module of the package's own entrants. */
  readonly script: string;
}

/** What the worker tells the page. */
export type Message =
  | { readonly kind: "preparing"; readonly name: string }
  /** Ready, or out. */
  | { readonly kind: "prepared" }
  | { readonly kind: "ready"; readonly runners: readonly Runner[] }
  | { readonly kind: "out"; readonly name: string; readonly reason: string }
  /** Nanoseconds per element, in one turn. */
  | { readonly kind: "sample"; readonly name: string; readonly round: number; readonly nanoseconds: number }
  | { readonly kind: "end" };

export interface Runner {
  readonly name: string;
  /** Whose it is, which says how it is drawn. */
  readonly of: "package" | "others";
  /** What a call includes besides the computation. */
  readonly includes: string;
}

export function labelOf([rows, columns]: Shape): string {
  return `${rows.toLocaleString("en-US")} × ${columns.toLocaleString("en-US")}`;
}
