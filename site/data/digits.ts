import { type Digits, holdOut, loadDigits } from "../../examples/digits/data.js";
import {
  CLASSES,
  dequantize,
  logitsOf,
  type Network,
  PIXELS,
  type Quantized,
  quantize,
} from "../src/sections/digits/network.js";
import type { Arrays } from "../src/shared/arrays.js";
import { train } from "./training.js";

const SEED = 1;
/** For the temperature, and as many more for the judgement. */
const HELD_OUT = 2000;
const SAMPLES_OF_EACH = 2;

/**
 * Trains the network of the page on 6,000 digits. Gives its weights as 8-bit integers, and the logits that it has with these
 * weights of the 4,000 others, too.
 */
export function digits(): Arrays {
  const [rest, test] = holdOut(loadDigits(), HELD_OUT, SEED);
  const [known, fit] = holdOut(rest, HELD_OUT, SEED);
  const trained = train(known, { hidden: 48, epochs: 30, batch: 20, rate: 0.2, seed: SEED });
  const [first, second] = [quantize(trained.first), quantize(trained.second)];
  const network = { ...trained, first: dequantize(first), second: dequantize(second) };
  const { firstBias, secondBias } = network;
  return {
    ...named("first", first),
    ...named("second", second),
    firstBias,
    secondBias,
    ...heldOut("fit", network, fit),
    ...heldOut("test", network, test),
    ...samplesOf(test),
  };
}

function named(name: string, { integers, scale }: Quantized): Arrays {
  return { [name]: integers, [`${name}Scale`]: Float32Array.of(scale) };
}

/** A row of logits has a scale of its own. */
function heldOut(name: string, network: Network, { pixels, count, labels }: Digits): Arrays {
  const logits = logitsOf(network, pixels, count);
  const rows = Array.from(labels, (_, k) => quantize(logits.subarray(k * CLASSES, (k + 1) * CLASSES)));
  return {
    [`${name}Logits`]: Int8Array.from(rows.flatMap(({ integers }) => [...integers])),
    [`${name}Scales`]: Float32Array.from(rows, ({ scale }) => scale),
    [`${name}Labels`]: labels,
  };
}

/** The first digits of each class, in the order of the classes. */
function samplesOf({ labels, pixels }: Digits): Arrays {
  const chosen = Array.from({ length: 10 }, (_, digit) =>
    [...labels.keys()].filter((index) => labels[index] === digit).slice(0, SAMPLES_OF_EACH),
  ).flat();
  const samples = new Uint8Array(chosen.length * PIXELS);
  for (const [k, index] of chosen.entries()) {
    samples.set(
      pixels.subarray(index * PIXELS, (index + 1) * PIXELS).map((ink) => Math.round(255 * ink)),
      k * PIXELS,
    );
  }
  return { samples, sampleLabels: Uint8Array.from(chosen, (index) => labels[index]) };
}
