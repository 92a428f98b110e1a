/** Real probabilities before and after temperature scaling: those of a classifier of digits that has seen too few of them. */
import { CLASSES, type Digits, holdOut, loadDigits, range } from "../../examples/digits/data.js";
import { computeLogits, type Model, train } from "../../examples/digits/model.js";
import { type Calibration, calibration, fitTemperature } from "../../src/index.js";

export interface Reliability {
  /** Of the digits that are shown. */
  readonly before: Calibration;
  readonly after: Calibration;
  /** Fitted on as many others. */
  readonly temperature: number;
}

const SEED = 1;
const KNOWN = 200;
const SHOWN = 4000;

export function reliability(): Reliability {
  const [known, unknown] = holdOut(loadDigits(), 2 * SHOWN, SEED);
  const model = train(range(known, 0, KNOWN), { epochs: 300, batch: 50, rate: 2 });
  const shape = [SHOWN, CLASSES];
  const fitted = range(unknown, 0, SHOWN);
  const shown = range(unknown, SHOWN, 2 * SHOWN);
  const { temperature } = fitTemperature(computeLogits(model, fitted), fitted.labels, { shape });
  return {
    before: measured(model, shown, 1),
    after: measured(model, shown, temperature),
    temperature: rounded(temperature),
  };
}

/** The digits of a picture. */
function measured(model: Model, digits: Digits, temperature: number): Calibration {
  const shape = [digits.count, CLASSES];
  const { logLoss, accuracy, calibrationError, bins } = calibration(
    computeLogits(model, digits),
    digits.labels,
    { shape, temperature, bins: 10 },
  );
  return {
    logLoss: rounded(logLoss),
    accuracy: rounded(accuracy),
    calibrationError: rounded(calibrationError),
    bins: bins.map((bin) => ({
      ...bin,
      confidence: rounded(bin.confidence),
      accuracy: rounded(bin.accuracy),
    })),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
