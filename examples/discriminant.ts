/**
 * Tells three species of iris apart: linear discriminant analysis, Bayes' rule with normal densities.
 * `npx tsx examples/discriminant.ts` runs this.
 */
import { classify } from "./iris/classifier.js";
import { loadFlowers, MEASUREMENTS, SPECIES } from "./iris/data.js";
import { train } from "./iris/discriminant.js";
import { drawCoefficients, drawMistakes, drawSummary } from "./iris/drawing.js";

const flowers = loadFlowers();
const { priors, means, coefficients } = train(flowers);
const classification = classify(coefficients, flowers);

console.log(`Means     ${MEASUREMENTS.join(", ")}, in cm`);
for (const [c, name] of SPECIES.entries()) {
  const mean = Array.from(means.subarray(c * MEASUREMENTS.length, (c + 1) * MEASUREMENTS.length));
  const share = `${(100 * priors[c]).toFixed(1)} % of the flowers`;
  console.log(`  ${name.padEnd(12)}${mean.map((value) => value.toFixed(3)).join("  ")}   ${share}`);
}
console.log(["", "Scores", ...drawCoefficients(coefficients)].join("\n"));
console.log(`\nRight     ${drawSummary(classification, flowers)}`);
console.log(["Wrong", ...drawMistakes(classification, flowers)].join("\n"));
