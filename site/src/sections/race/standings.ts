import { quantile } from "d3-array";
import type { Message, Runner, Shape } from "./protocol.js";

/** Nanoseconds per element. */
export interface Times {
  readonly median: number;
  readonly quartiles: readonly [lower: number, upper: number];
  readonly samples: readonly number[];
}

export interface Standing extends Runner {
  /** Missing before the first sample. */
  readonly times?: Times;
}

/** What is known of a race: each message of the worker gives the next one. */
export interface Race {
  readonly shape: Shape;
  readonly rounds: number;
  /** How many want to take part; 0 until it is known. */
  readonly entrants: number;
  /** How many of them are ready, or out. */
  readonly prepared: number;
  readonly state: "preparing" | "running" | "stopped" | "done";
  /** What is prepared now. */
  readonly preparing: string;
  readonly standings: readonly Standing[];
  readonly out: readonly { readonly name: string; readonly reason: string }[];
}

export function newRace({ shape, rounds }: Pick<Race, "shape" | "rounds">, entrants: number): Race {
  const state = "preparing";
  return { shape, rounds, entrants, prepared: 0, state, preparing: "the worker", standings: [], out: [] };
}

export function after(race: Race, message: Message): Race {
  switch (message.kind) {
    case "preparing":
      return { ...race, preparing: message.name };
    case "prepared":
      return { ...race, prepared: race.prepared + 1 };
    case "out":
      return { ...race, out: [...race.out, { name: message.name, reason: message.reason }] };
    case "ready":
      return { ...race, state: "running", standings: message.runners };
    case "sample":
      return { ...race, standings: race.standings.map((standing) => withSample(standing, message)) };
    case "end":
      return { ...race, state: "done" };
  }
}

type Sample = Extract<Message, { kind: "sample" }>;

function withSample(standing: Standing, { name, nanoseconds }: Sample): Standing {
  if (standing.name !== name) return standing;
  const samples = [...(standing.times?.samples ?? []), nanoseconds];
  const at = (share: number) => quantile(samples, share) as number;
  return { ...standing, times: { median: at(0.5), quartiles: [at(0.25), at(0.75)], samples } };
}

/** To prepare an entrant takes as long as so many turns. */
const PREPARING = 3;

/** The share of the time that is over. */
export function progressOf({ entrants, prepared, out, standings, rounds }: Race): number {
  const turns = standings.reduce((sum, { times }) => sum + (times?.samples.length ?? 0), 0);
  const all = PREPARING * entrants + rounds * (entrants - out.length);
  return all === 0 ? 0 : (PREPARING * prepared + turns) / all;
}

/** The fastest first; those without a time last. */
export function ranked(standings: readonly Standing[]): Standing[] {
  return [...standings].sort((a, b) => (a.times?.median ?? Infinity) - (b.times?.median ?? Infinity));
}
