export type Point = readonly [x: number, y: number];

/** What the driver of each browser can do. */
export interface Hands {
  open(url: string): Promise<void>;
  /** What a function finds in the page. It travels as text: it may use nothing but its argument. */
  look<T, A>(find: (argument: A) => T, argument: A): Promise<T>;
  /** A key by its name in events, perhaps with Control: "Tab", "Control+a". */
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
  /** Presses the mouse at the first point of the window and lets go at the last. One point is a click. */
  drag(points: readonly Point[]): Promise<void>;
  /** Chooses a file for a field. */
  choose(selector: string, path: string): Promise<void>;
  /** The errors and warnings so far, of this page. */
  complaints(): Promise<readonly string[]>;
  close(): Promise<void>;
}
