/** What the address carries. */
export interface State {
  /** The text of the logits, or `@NAME` of a preset. */
  logits: string;
  temperature: number;
  /** 0 is off. */
  topK: number;
  /** 1 is off. */
  topP: number;
  /** 0 is off. */
  minP: number;
}

export const INITIAL: State = {
  logits: "2.1, 1.3, 0.4, -0.2, -0.8, 3.2, 1.9, -1.5",
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
};

/** Longer texts are left out of the address. */
const LONGEST = 4000;
/** The names of the address, with the range of each number. */
const NUMBERS = {
  temperature: ["t", 0.05, 20],
  topK: ["k", 0, 1e6],
  topP: ["p", 0, 1],
  minP: ["m", 0, 1],
} as const;

/** The state of `#logits=…&t=…`; undefined if the hash is another. What is missing or out of range is as at first. */
export function fromHash(hash: string): State | undefined {
  const parameters = new URLSearchParams(hash.slice(1));
  const logits = parameters.get("logits");
  if (!logits) return undefined;
  const state: State = { ...INITIAL, logits };
  for (const [name, [key, min, max]] of Object.entries(NUMBERS)) {
    const value = Number(parameters.get(key) ?? NaN);
    if (value >= min && value <= max) state[name as keyof typeof NUMBERS] = value;
  }
  return state;
}

/** The hash of a state; undefined for logits that are too long for an address. */
export function toHash(state: State): string | undefined {
  if (state.logits.length > LONGEST) return undefined;
  const parts = [
    `logits=${encodeURIComponent(state.logits).replaceAll("%2C", ",").replaceAll("%20", "+").replaceAll("%40", "@")}`,
  ];
  for (const [name, [key]] of Object.entries(NUMBERS)) {
    const value = state[name as keyof typeof NUMBERS];
    if (value !== INITIAL[name as keyof typeof NUMBERS]) parts.push(`${key}=${value}`);
  }
  return `#${parts.join("&")}`;
}
