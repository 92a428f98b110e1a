/**
 * Tells three species of iris apart: multinomial logistic regression, fitted by Newton's method.
 * `npx tsx examples/logistic.ts` runs this.
 */
import { classify } from "./iris/classifier.js";
import { loadFlowers } from "./iris/data.js";
import { drawCoefficients, drawMistakes, drawSummary } from "./iris/drawing.js";
import { train } from "./iris/logistic.js";

const PENALTY = 1e-5;
const TOLERANCE = 1e-10;

const flowers = loadFlowers();
const { coefficients, steps } = train(flowers, PENALTY, TOLERANCE);
const classification = classify(coefficients, flowers);

console.log("Newton    objective     norm of the gradient");
for (const [step, { objective, gradient }] of steps.entries()) {
  console.log(`  ${String(step).padStart(4)}    ${objective.toFixed(9)}   ${gradient.toExponential(1)}`);
}
console.log(["", "Scores", ...drawCoefficients(coefficients)].join("\n"));
console.log(`\nRight     ${drawSummary(classification, flowers)}`);
console.log(["Wrong", ...drawMistakes(classification, flowers)].join("\n"));
