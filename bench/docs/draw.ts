/**
 * npm run pictures                 draws every picture of README.md and docs/ from docs/speed.json and docs/pictures.json
 * npm run pictures -- --compute    computes docs/pictures.json first: errors beside double-double, and the digits; 3 minutes
 *
 * `npm run bench:docs` measures docs/speed.json, and draws too.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { errors } from "./errors.js";
import { type Computed, DATA, drawPictures } from "./pictures.js";
import { reliability } from "./reliability.js";

const { values } = parseArgs({ options: { compute: { type: "boolean", default: false } } });

if (values.compute) {
  const computed: Computed = {
    errors: (["f32", "f64"] as const).flatMap((type) =>
      (["length", "spread"] as const).map((by) => errors(type, by)),
    ),
    reliability: reliability(),
  };
  writeFileSync(DATA, `${JSON.stringify(computed)}\n`);
}
drawPictures();
