import { FULL } from "./extent.js";
import { type Lanes, rows, strided, vector } from "./lanes.js";
import { fill, floatArray, normal, random, uniform } from "./random.js";
import { type ElementType, ulp } from "./ulp.js";

export interface Case {
  readonly name: string;
  readonly inputs: () => Lanes[];
  readonly temperature?: number;
}

/** Where e^z leaves the normal range, where it vanishes, the widest spread with normal results, the largest logit. */
const RANGE = {
  f32: { subnormal: -87.33, zero: -104, spread: 80, largest: 3e38, lastBoundary: 300 },
  f64: { subnormal: -708.39, zero: -745.2, spread: 700, largest: 1.7e308, lastBoundary: 2160 },
} as const;

/** Long, but still computed at once: longRows.test.ts has rows that are computed in chunks. */
const LONG = FULL ? 70_001 : 8_191;
/** In double precision longer than the window that arrays are copied to. */
const WINDOW = FULL ? 30_011 : 17_003;

/** Every directed case of the accuracy contract. */
export function cases(type: ElementType): Case[] {
  return [
    ...equal(type),
    ...spread(type),
    ...reduction(type),
    ...order(type),
    ...layouts(type),
    ...temperatures(type),
  ];
}

function equal(type: ElementType): Case[] {
  const counts = [
    ...Array.from({ length: 64 }, (_, i) => i + 1),
    128,
    256,
    512,
    1024,
    ...(FULL ? [2048, 4096, 8192] : []),
  ];
  const ties = (count: number, rest: number) =>
    vector(
      fill(type, rest + count, (i) =>
        i % Math.ceil((rest + count) / count) === 0 ? 2.5 : 2.5 - 1 / (i + 1),
      ),
    );
  return [
    ...[0, 0.1, -7.3, 1e4, 3e38, -3e38].map((value) => ({
      name: `n elements equal to ${value}`,
      inputs: () => counts.map((n) => vector(fill(type, n, () => value))),
    })),
    ...(FULL
      ? [{ name: "a million equal elements", inputs: () => [vector(fill(type, 1e6, () => 0.1))] }]
      : []),
    {
      name: "ties",
      inputs: () => [ties(2, 1), ties(2, 50), ties(3, 1000), ties(100, 900), ties(5, LONG - 1)],
    },
    {
      name: "logSumExp near zero by cancellation",
      inputs: () => [2, 3, 8, 10, 100, 1000, 4099].map((n) => vector(fill(type, n, () => -Math.log(n)))),
    },
    {
      name: "logits that are subnormal or tiny",
      inputs: () =>
        [-149, -140, -126, -60, -24].map((k) => vector(uniform(type, 37, -(2 ** k), 2 ** k, 5 - k))),
    },
  ];
}

function spread(type: ElementType): Case[] {
  const { subnormal, zero, spread, largest } = RANGE[type];
  const dominant = (length: number, at: number) =>
    vector(fill(type, length, (i) => (i === at ? 3 : 3 - spread / 4 - (i % 11))));
  const near = (mean: number, deviation: number, seed: number) => [
    vector(normal(type, 1000, deviation, seed, mean)),
    rows(normal(type, 40 * 17, deviation, seed + 1, mean), 17),
  ];
  const belowZero = (length: number, low: number, high: number, seed: number) => {
    const x = uniform(type, length, low, high, seed);
    x[Math.floor(length / 3)] = 0;
    return vector(x);
  };
  return [
    { name: "one dominant", inputs: () => [0, 1, 500, 998, 999].map((at) => dominant(1000, at)) },
    { name: "many random terms", inputs: () => [vector(normal(type, FULL ? 1e6 : LONG, 5, 11))] },
    {
      name: "a spread with normal results",
      inputs: () => [vector(uniform(type, 4099, -spread, spread, 12))],
    },
    {
      name: "a spread with results down to zero",
      inputs: () => [vector(uniform(type, LONG, 2 * zero, 0, 13))],
    },
    {
      name: "logits near ±1e4",
      inputs: () => [...near(1e4, 3, 14), ...near(-1e4, 3, 16), ...near(0, 1e4, 18), ...near(1e4, 200, 20)],
    },
    {
      name: "logits near ±3e38",
      inputs: () => [
        ...near(3e38, 1e31, 22),
        vector(uniform(type, 1000, -3e38, 3e38, 24)),
        rows(uniform(type, 40 * 6, -largest, largest, 25), 6),
        vector(fill(type, 9, (i) => (i % 2 === 0 ? largest : -largest))),
      ],
    },
    {
      name: "nearly all results subnormal",
      inputs: () => [
        belowZero(4099, zero, subnormal, 26),
        belowZero(17, zero, subnormal, 27),
        belowZero(FULL ? 300_007 : LONG, zero - 1, subnormal + 1, 28),
      ],
    },
    {
      name: "subnormal results because of a large sum",
      inputs: () => [vector(fill(type, 5000, (i) => (i % 5 === 0 ? 1 + subnormal + (i % 13) / 4 : 0)))],
    },
    {
      name: "a tiny logSoftmax at the maximum",
      inputs: () =>
        [2, 3, 5].map((length) =>
          rows(
            fill(type, 4 * length * -Math.floor(zero), (i) => (i % length === 0 ? 0 : -i / length / 4)),
            length,
          ),
        ),
    },
  ];
}

/** The boundaries k·ln(2)/2 of the range reduction, as the maximum and as the distance from it, ± one ulp. */
function reduction(type: ElementType): Case[] {
  const { lastBoundary } = RANGE[type];
  const beside = (value: number) => [value - ulp(value, type), value, value + ulp(value, type)];
  const boundary = (k: number) => (k * Math.LN2) / 2;
  const thresholds = [
    1, 2, 32, 64, 87, 88, 89, 100, 104, 127, 128, 150, 199, 200, 201, 255, 256, 300, 512, 600, 700,
  ];
  return [
    {
      name: "distances from the maximum at reduction boundaries",
      inputs: () => {
        const x = [0];
        for (let k = 1; k <= lastBoundary; k++) x.push(...beside(-boundary(k)));
        return [vector(fill(type, x.length, (i) => x[i])), vector(fill(type, x.length, (i) => x[i] + 64))];
      },
    },
    {
      name: "maxima at reduction boundaries",
      inputs: () => {
        const x: number[] = [];
        for (let k = -lastBoundary; k <= lastBoundary; k++) {
          const at = boundary(k);
          x.push(...beside(at), at - 0.25, boundary(k - 1), at - 3, at - 20, boundary(k - 100));
        }
        return [
          rows(
            fill(type, x.length, (i) => x[i]),
            8,
          ),
        ];
      },
    },
    {
      name: "maxima near powers of two and range limits",
      inputs: () =>
        [...thresholds, 1000, 1023, 1024, 1e5, 2 ** 24, 2 ** 53].flatMap((limit) =>
          [limit, -limit].map((at) => {
            const x = uniform(type, 66, at - 30, at - 2 * ulp(at, type), limit);
            for (const [i, value] of beside(at).entries()) x[20 * i] = value;
            return vector(x);
          }),
        ),
    },
  ];
}

function order(type: ElementType): Case[] {
  const { zero } = RANGE[type];
  const ramp = (length: number, low: number, high: number) =>
    vector(fill(type, length, (i) => low + ((high - low) * i) / (length - 1)));
  const ramps = (length: number) =>
    [2, 30, -2 * zero, 2e4].flatMap((range) => [ramp(length, 1 - range, 1), ramp(length, 1, 1 - range)]);
  return [
    ...[7, 1000, LONG].map((length) => ({
      name: `${length} ascending and descending logits`,
      inputs: () => ramps(length),
    })),
    ...[2, 4, 8].map((period) => ({
      name: `${period} distinct values in turn`,
      inputs: () =>
        [period * 5, 4099, LONG].map((n) => vector(fill(type, n, (i) => ((i % period) * 0.7) / period - 1))),
    })),
  ];
}

function layouts(type: ElementType): Case[] {
  const MANY = FULL ? 101 : 21;
  const lengths = [
    ...Array.from({ length: 40 }, (_, i) => i + 1),
    63,
    64,
    65,
    127,
    128,
    129,
    1000,
    4099,
    ...(FULL ? [70_001, 300_007] : []),
  ];
  /** Lanes of very different size, level and spread side by side. */
  const mixed = (length: number, outer: number, inner: number, seed: number) => {
    const next = random(seed);
    const x = floatArray(type, outer * length * inner);
    const lanes = Array.from({ length: outer * inner }, () => [next() * 600 - 300, 2 ** (next() * 9 - 3)]);
    for (let i = 0; i < x.length; i++) {
      const [level, scale] = lanes[Math.floor(i / (length * inner)) * inner + (i % inner)];
      x[i] = level + scale * (next() - 0.5);
    }
    return strided(x, length, inner);
  };
  return [
    { name: "one vector of each length", inputs: () => lengths.map((n) => vector(normal(type, n, 3, n))) },
    {
      name: "many short rows",
      inputs: () => Array.from({ length: 36 }, (_, i) => rows(normal(type, MANY * (i + 1), 4, i), i + 1)),
    },
    {
      name: "rows of different level and spread",
      inputs: () => [3, 10, 33, 257].map((n) => mixed(n, 61, 1, n)),
    },
    { name: "long rows", inputs: () => [mixed(WINDOW, 5, 1, 31)] },
    {
      name: "a strided axis",
      inputs: () => [
        ...Array.from({ length: 18 }, (_, i) => mixed(5, 3, i + 1, 40 + i)),
        mixed(19, 2, 301, 60),
        mixed(3, 1, FULL ? 20_011 : 5003, 61),
        mixed(1000, 1, 5, 62),
        mixed(257, 2, 64, 63),
        mixed(WINDOW, 1, 3, 64),
        mixed(1, 4, 9, 65),
      ],
    },
  ];
}

function temperatures(type: ElementType): Case[] {
  const { spread, largest } = RANGE[type];
  const extremes = [0.7, 4, 1e30].map((temperature) => ({
    name: `logits near ±${largest}, temperature ${temperature}`,
    temperature,
    inputs: () => [
      rows(uniform(type, 40 * 6, -largest, largest, 76), 6),
      vector(fill(type, 65, (i) => (i % 2 === 0 ? largest : -largest))),
      rows(
        fill(type, 60 * 3, (i) => [-largest, largest / 4, largest / 8][i % 3]),
        3,
      ),
      strided(uniform(type, 5 * 16 * 3, -largest, largest, 77), 5, 16),
    ],
  }));
  const farBelow: Case = {
    name: "many terms far below the maximum, temperature 1.28",
    temperature: 1.28,
    inputs: () => [vector(fill(type, FULL ? 1e5 : 3e4, (i) => (i === 777 ? 256 : 128 - 2 ** -17)))],
  };
  const ordinary = [0.1, 0.7, 3, 1e-30, 1e30].map((temperature) => ({
    name: `temperature ${temperature}`,
    temperature,
    inputs: () => [
      vector(normal(type, 1000, 2, 70)),
      vector(normal(type, 5, 2 * Math.min(temperature, 1e9), 71)),
      vector(
        uniform(type, 4099, -spread * Math.min(temperature, 1e6), spread * Math.min(temperature, 1e6), 72),
      ),
      vector(normal(type, 100, 3, 73, 1e4)),
      rows(normal(type, 700, 2, 74), 7),
      strided(normal(type, 7 * 11 * 13, 2, 75), 11, 13),
    ],
  }));
  return [...ordinary, ...extremes, farBelow];
}
