/**
 * Are girls born as often as boys? Laplace's question of 1781, answered by Bayes' rule over a million hypotheses.
 * `npx tsx examples/bayes.ts` runs this.
 */

import { bar } from "./bar.js";
import { BIRTHS, learn, logProbabilityOfHalfOrMore } from "./bayes/births.js";
import { bold } from "./terminal.js";

const CELLS = 1_000_000;
const DRAWN = { from: 0.488, to: 0.4925, step: 0.0005 };

const { girls, boys } = BIRTHS;
const posterior = learn(BIRTHS, CELLS);
console.log(`Births    ${count(girls)} girls and ${count(boys)} boys in Paris, from 1745 to 1770`);
console.log(`Before    ${count(CELLS)} hypotheses, all as likely: values of the probability of a girl`);
console.log("After     how likely it is that the value lies between\n");

for (let cell = cellAt(DRAWN.from); cell < cellAt(DRAWN.to); cell += cellAt(DRAWN.step)) {
  const next = cell + cellAt(DRAWN.step);
  const probability = posterior.probabilities.subarray(cell, next).reduce((sum, p) => sum + p, 0);
  const percent = `${(100 * probability).toFixed(1)} %`.padStart(7);
  console.log(
    `  ${(cell / CELLS).toFixed(4)} to ${(next / CELLS).toFixed(4)}  ${bar(probability, 40)} ${percent}`,
  );
}

const half = logProbabilityOfHalfOrMore(posterior);
console.log(
  `\nThat girls are born as often as boys, or more, has the probability ${bold(powerOfTen(half))}.`,
);
console.log(
  `Without logarithms: the births have the probability ${powerOfTen(posterior.logEvidence)}, which is ` +
    `${(girls / (girls + boys)) ** girls * (boys / (girls + boys)) ** boys} in doubles, and Bayes' rule 0 / 0.`,
);

function cellAt(share: number): number {
  return Math.round(share * CELLS);
}

/** e^logarithm, which may be far too small for a double. */
function powerOfTen(logarithm: number): string {
  const exponent = Math.floor(logarithm / Math.LN10);
  return `${Math.exp(logarithm - exponent * Math.LN10).toFixed(3)}e${exponent}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
