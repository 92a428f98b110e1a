import url from "../../../../build/site/data/digits.bin?url";
import { fetchArrays } from "../../shared/arrays.js";
import { dequantize, type Network, PIXELS, type Quantized } from "./network.js";

/** Logits [count, 10] of digits that the network was not trained on: integers, with a scale for each row. */
export interface HeldOut {
  readonly logits: Int8Array;
  readonly scale: Float32Array;
  readonly labels: Uint8Array;
}

export interface Sample {
  readonly label: number;
  readonly pixels: Float32Array;
}

export interface Model {
  readonly network: Network;
  /** For the temperature. */
  readonly fit: HeldOut;
  /** For the judgement. */
  readonly test: HeldOut;
  readonly samples: readonly Sample[];
}

export async function fetchModel(): Promise<Model> {
  const arrays = await fetchArrays(url);
  const quantized = (name: string): Quantized => ({
    integers: arrays[name] as Int8Array,
    scale: arrays[`${name}Scale`][0],
  });
  const heldOut = (name: string): HeldOut => ({
    logits: arrays[`${name}Logits`] as Int8Array,
    scale: arrays[`${name}Scales`] as Float32Array,
    labels: arrays[`${name}Labels`] as Uint8Array,
  });
  return {
    network: {
      first: dequantize(quantized("first")),
      firstBias: arrays.firstBias as Float32Array,
      second: dequantize(quantized("second")),
      secondBias: arrays.secondBias as Float32Array,
    },
    fit: heldOut("fit"),
    test: heldOut("test"),
    samples: Array.from(arrays.sampleLabels, (label, k) => ({
      label,
      pixels: Float32Array.from(arrays.samples.subarray(k * PIXELS, (k + 1) * PIXELS), (ink) => ink / 255),
    })),
  };
}
