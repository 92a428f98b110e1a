import { scaleLinear } from "d3-scale";
import { svg, type TemplateResult } from "lit-html";
import type { Calibration } from "softmax-wasm";
import { chart } from "../../shared/chart.js";

const SIZE = 300;
const MARGIN = { left: 34, right: 8, top: 26, bottom: 38 };
const x = scaleLinear([0, 1], [MARGIN.left, SIZE - MARGIN.right]);
const y = scaleLinear([0, 1], [SIZE - MARGIN.bottom, MARGIN.top]);
const TICKS = [0, 0.25, 0.5, 0.75, 1];
/** Of so few digits in a bin the share says little: its bar is pale. */
export const FEW = 20;

/**
 * How often the network is right, over how sure it is: a bar for each bin of confidences. What is missing to the diagonal, or
 * too much, is filled with the colour of warnings.
 */
export function reliability(title: string, measured: Calibration): TemplateResult {
  const { bins, calibrationError, accuracy, logLoss } = measured;
  return chart({
    title,
    note: `calibration error ${percent(calibrationError)}`,
    picture: svg`
      <svg viewBox="0 0 ${SIZE} ${SIZE}" class="reliability" aria-hidden="true">
        ${TICKS.map(gridLine)}
        ${bins.map((bin, k) => (bin.count === 0 ? "" : bar(bin, k / bins.length, (k + 1) / bins.length)))}
        <line class="diagonal" x1=${x(0)} y1=${y(0)} x2=${x(1)} y2=${y(1)}></line>
        <text x=${0} y=${10}>how often it is right</text>
        <text x=${(x(0) + x(1)) / 2} y=${SIZE - 4} text-anchor="middle">how sure it is</text>
      </svg>`,
    text: `Bars show how often it is right, by how sure it is. It is right in ${percent(accuracy)} of the digits. Calibration error ${percent(calibrationError)}, log-loss ${logLoss.toFixed(3)}.`,
    table: {
      head: ["Sure", "Digits", "Mean confidence", "Right"],
      rows: bins.flatMap(({ count, confidence, accuracy }, k) =>
        count === 0
          ? []
          : [
              [
                `${rounded(k / bins.length)} to ${rounded((k + 1) / bins.length)}`,
                count,
                percent(confidence),
                percent(accuracy),
              ],
            ],
      ),
    },
  });
}

type Bin = Calibration["bins"][number];

function bar({ count, confidence, accuracy }: Bin, from: number, to: number) {
  const [left, right] = [x(from) + 1, x(to) - 1];
  return svg`
    <g class=${count < FEW ? "few" : ""}>
    <rect class="right" x=${left} width=${right - left} y=${y(accuracy)} height=${y(0) - y(accuracy)}></rect>
    <rect class="gap" x=${left} width=${right - left} y=${y(Math.max(confidence, accuracy))}
      height=${Math.abs(y(confidence) - y(accuracy))}></rect>
    </g>`;
}

function gridLine(at: number) {
  return svg`
    <line class="grid" x1=${x(0)} x2=${x(1)} y1=${y(at)} y2=${y(at)}></line>
    <text x=${x(0) - 6} y=${y(at) + 4} text-anchor="end">${at}</text>
    <text x=${x(at)} y=${y(0) + 16} text-anchor="middle">${at}</text>`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function rounded(share: number): string {
  return share.toFixed(1);
}
