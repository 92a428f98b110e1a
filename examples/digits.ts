/**
 * Reads handwriting: trains a softmax classifier on real digits, then scores digits that it has never seen, by the command.
 * `npm start` runs this.
 */
import { argmax, backend, softmax } from "softmax-wasm";
import { scoreByCommand } from "./digits/command.js";
import { CLASSES, holdOut, loadDigits, PIXELS, type Progress } from "./digits/data.js";
import { drawDigit, drawProbabilities } from "./digits/drawing.js";
import { computeLogits, train } from "./digits/model.js";
import { medianTimes, naiveSoftmax } from "./digits/throughput.js";
import { bold, progress } from "./terminal.js";

const SEED = 1;
const HELD_OUT = 2000;
const SCHEDULE = { epochs: 20, batch: 100, rate: 0.5 };

const digits = loadDigits(showProgress("Reading the digits"));
const [known, unknown] = holdOut(digits, HELD_OUT, SEED);
console.log(
  `Digits    ${count(digits.count)} handwritten ones from MNIST, ${count(HELD_OUT)} of them held out`,
);

const start = performance.now();
const model = train(known, SCHEDULE, showProgress("Training"));
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(`Training  ${SCHEDULE.epochs} epochs of multinomial logistic regression in ${seconds} s`);

const logits = computeLogits(model, unknown);
const probabilities = scoreByCommand(logits, unknown.labels);
const guesses = argmax(logits, { shape: [unknown.count, CLASSES] });

for (const pair of notablePairs()) {
  const panels = pair.map(([caption, index]) => drawPanel(caption, index));
  console.log(["", ...panels[0].map((line, i) => `${line}    ${panels[1][i]}`.trimEnd())].join("\n"));
}

printThroughput(100_000);

function showProgress(step: string): Progress {
  return (fraction) => progress(fraction < 1 ? `${step} … ${Math.round(100 * fraction)} %` : "");
}

/** Four digits that are worth a look: by the probability of the guess, the extremes of right and wrong. */
function notablePairs(): [string, number][][] {
  const { labels } = unknown;
  const confidence = (index: number) => probabilities[index * CLASSES + guesses[index]];
  const sorted = Array.from(guesses.keys()).sort((a, b) => confidence(b) - confidence(a));
  const right = sorted.filter((index) => guesses[index] === labels[index]);
  const wrong = sorted.filter((index) => guesses[index] !== labels[index]);
  return [
    [
      ["Right, without a doubt", right[0]],
      ["Right, by a hair", right.at(-1) as number],
    ],
    [
      ["Wrong, without a doubt", wrong[0]],
      ["Wrong, by a hair", wrong.at(-1) as number],
    ],
  ];
}

function drawPanel(caption: string, index: number): string[] {
  const { pixels, labels } = unknown;
  const drawing = drawDigit(pixels.subarray(index * PIXELS, (index + 1) * PIXELS));
  const probability = probabilities.subarray(index * CLASSES, (index + 1) * CLASSES);
  const bars = drawProbabilities(probability, labels[index], guesses[index]);
  return [caption.padEnd(46), ...drawing.map((line, i) => `${line}  ${bars[i]}`)];
}

/** The logits, repeated until there are `rows` of them, through the library and through a naive loop. */
function printThroughput(rows: number): void {
  const x = Float32Array.from({ length: rows * CLASSES }, (_, i) => logits[i % logits.length]);
  const out = new Float32Array(x.length);
  const shape = [rows, CLASSES];
  progress("Measuring …");
  const [library, naive] = medianTimes([
    () => softmax(x, { shape, out }),
    () => naiveSoftmax(x, CLASSES, out),
  ]);
  progress("");
  const line = (name: string, time: number) =>
    `  ${name.padEnd(24)}${((rows / time) * 1000).toFixed(0).padStart(4)} million`;
  console.log(`\nsoftmax of ${count(rows)} digits' logits in one call, digits per second:`);
  console.log(line(`this library (${backend()})`, library));
  console.log(line("a loop with Math.exp", naive));
  console.log(
    `The library is ${bold(`${(naive / library).toFixed(1)} times`)} as fast on ${count(rows)} rows of ${CLASSES}.`,
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
