const all = (count: number) => Array.from({ length: count }, (_, k) => k);

/** By row and cell of the table: what shows it, and what that gives. */
export const CELLS: { readonly [row: string]: readonly [cell: string, code: string, wanted: unknown] } = {
  "known by": ["tests, on 4.3.2", "return 0;", 0],
  "top-k, ties at place k": [
    "exactly k, lowest index",
    "return drawn([1, 0, 2, 1, 1, 1], { top_k: 3 });",
    [0, 2, 3],
  ],
  "top-k of 0; over the size": [
    "0 all (default 50); clipped",
    `const equal = Array(60).fill(0);
    const counts = [(await drawn(equal, { top_k: 0 }, 1000)).length, (await drawn(equal, {}, 1000)).length];
    return [counts, await drawn([1, 1], { top_k: 9 })];`,
    [
      [60, 50],
      [0, 1],
    ],
  ],
  "top-p, the crossing token": [
    "is not applied, without a warning",
    "return heard(() => drawn([1, 1, 0], { top_k: 0, top_p: 0.1 }));",
    [[0, 1, 2], []],
  ],
  "[.5 .3 .1 .1] at p = 0.8": [
    "4: all",
    "return drawn([0.5, 0.3, 0.1, 0.1].map(Math.log), topP(0.8));",
    all(4),
  ],
  "[.8 .1 .1] at p = 0.8": ["3: all", "return drawn([0.8, 0.1, 0.1].map(Math.log), topP(0.8));", all(3)],
  "ten of .1 at p = 0.1": ["10: all", "return drawn(Array(10).fill(0), topP(0.1));", all(10)],
  "min-p": ["not applied", "return drawn([1, 1, 0], { top_k: 0, min_p: 0.9 });", all(3)],
  order: [
    "T, processors, k",
    `let seen: number[] = [];
    const list = processor((logits) => { seen = [...logits]; logits[0] = logits[3] = -1; });
    return [await drawn([4, 2, 2], { temperature: 2, top_k: 2, logits_processor: list }), seen];`,
    [
      [1, 2],
      [2, 1, 1, 2, 1, 1],
    ],
  ],
  "temperature 0": [
    "greedy with a warning; its class alone: NaN",
    `const [tokens, said] = await heard(() => drawn([1, 2, 2], { temperature: 0, top_k: 0 }));
    const alone = new TemperatureLogitsWarper(0)([[0n]], new T("float32", Float32Array.of(0, 1), [1, 2]));
    return [tokens, said.some((text) => text.includes("greedy")), String(alone.data[0])];`,
    [[1], true, "NaN"],
  ],
  "nothing left": ["last of the top k", "return drawn(Array(6).fill(-Infinity), { top_k: 3 });", [2]],
  "NaN or +∞ in the lane": [
    "last of the top k",
    "return [await drawn([1, Infinity, 2, 3], { top_k: 2 }), await drawn([1, NaN, 3], { top_k: 2 })];",
    [[3], [1]],
  ],
  "random numbers": [
    "MT19937 equal to CPython's random",
    "generator.seed(42); return [generator.random(), generator.random()];",
    // python3 -c "import random; random.seed(42); print(random.random(), random.random())"
    [0.6394267984578837, 0.025010755222666936],
  ],
};
