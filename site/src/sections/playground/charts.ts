import { html, type TemplateResult } from "lit-html";
import { chart } from "../../shared/chart.js";
import { percent, short, whole } from "../../shared/numbers.js";
import { bars, roundLimit } from "./bars.js";
import type { Results } from "./compute.js";

/** More rows than these are no longer read. */
const MOST_ROWS = 48;

/** Softmax, with what the filters cut. */
export function probabilities(logits: Float64Array, results: Results): TemplateResult {
  const { p, kept, shown, count, areLargest, cuts } = results;
  const list = Array.from(shown, (i) => ({
    label: short(logits[i]),
    value: p[i],
    mark: kept?.get(i),
    ...(kept && !kept.has(i) ? { kind: "cut" as const } : {}),
  }));
  const largest = list.reduce((max, { value, mark = 0 }) => Math.max(max, value, mark), 0);
  const best = p.reduce((at, value, i) => (value > p[at] ? i : at), 0);
  const title = "softmax";
  return html`
    ${chart({
      title,
      note: areLargest
        ? `the ${shown.length} largest of ${whole(count)} probabilities`
        : "the probability of each logit",
      picture: bars(list, { height: 230, limit: count <= 20 ? 1 : roundLimit(largest || 1) }),
      text: `${whole(count)} ${count === 1 ? "logit" : "logits"}. The largest probability is ${percent(p[best])}, of ${short(logits[best])} at index ${best}. ${cutText(results)}`,
      table: {
        head: ["index", "logit", "softmax", "log-softmax", ...(kept ? ["kept"] : [])],
        rows: Array.from(shown.slice(0, MOST_ROWS), (i) => [
          i,
          short(logits[i]),
          short(p[i]),
          short(results.logp[i]),
          ...(kept ? [kept.has(i) ? short(kept.get(i) as number) : "cut"] : []),
        ]),
      },
    })}
    ${
      cuts.length === 0
        ? ""
        : html`<ul class="key" aria-hidden="true"><li>kept</li><li class="cut">cut</li><li class="line">kept, and made to add up to 1</li></ul>
            <ul class="cuts">${cuts.map((cut) => html`<li><strong>${cut.name}</strong> ${cutSentence(cut, count)}</li>`)}</ul>`
    }
  `;
}

function cutText({ cuts, count }: Results): string {
  return cuts.map((cut) => `${cut.name} ${cutSentence(cut, count)}`).join(" ");
}

function cutSentence({ kept, mass }: Results["cuts"][number], count: number): string {
  return `keeps ${whole(kept)} and cuts ${whole(count - kept)}, which have ${percent(Math.max(0, 1 - mass))} of the probability.`;
}

export function logarithms(logits: Float64Array, { logp, shown }: Results): TemplateResult {
  const list = Array.from(shown, (i) => ({
    label: short(logits[i]),
    value: logp[i],
    // It goes on below.
    ...(logp[i] === -Infinity ? { kind: "cut" as const } : {}),
  }));
  const finite = list.map(({ value }) => value).filter(Number.isFinite);
  const least = Math.min(-1, ...finite);
  return chart({
    title: "log-softmax",
    note: "in nats",
    picture: bars(list, { height: 150, limit: -roundLimit(-least) }),
    text: `From ${short(Math.max(...finite))} down to ${short(Math.min(...finite))}.`,
  });
}

/** A number between two ends, as a bar. */
function meter(
  title: string,
  value: number,
  [low, high]: [number, number],
  ends: [string, string],
): TemplateResult {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low || 1))) || 0;
  return html`
    <div class="meter">
      <div><strong>${title}</strong> <output>${short(value)}</output></div>
      <div class="track" aria-hidden="true"><div style="width: ${100 * share}%"></div></div>
      <div class="ends muted"><span>${ends[0]}</span><span>${ends[1]}</span></div>
    </div>
  `;
}

export function meters({ logSumExp, least, entropy, count }: Results): TemplateResult {
  const most = Math.log(count);
  return html`
    <div class="meters">
      ${meter("log-sum-exp", logSumExp, [least, least + most], ["the maximum", "log n more"])}
      ${meter("entropy", entropy, [0, most], ["0", `log n = ${short(most)}`])}
    </div>
  `;
}

export function jacobian({ jacobian: { size, values }, count }: Results, picture: unknown): TemplateResult {
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return chart({
    title: "Jacobian",
    note: `∂pᵢ / ∂xⱼ${size < count ? ` of ${size} of the ${whole(count)} logits` : ""}`,
    picture: html`${picture}<div class="legend" aria-hidden="true"><span>${short(-most)}</span><i></i><span>${short(most)}</span></div>`,
    text: `${size} × ${size} derivatives. Those on the diagonal are positive, all others negative. The largest is ${short(most)}.`,
    ...(size <= 12
      ? {
          table: {
            head: ["∂ / ∂", ...Array.from({ length: size }, (_, j) => `x${j}`)],
            rows: Array.from({ length: size }, (_, i) => [
              `p${i}`,
              ...Array.from(values.subarray(i * size, (i + 1) * size), short),
            ]),
          },
        }
      : {}),
  });
}

export function errors({ errors: { ours, naive, worst }, shown }: Results): TemplateResult {
  const indices = Array.from(shown.slice(0, 24));
  const list = indices.flatMap((i) => [
    { label: `softmax-wasm, index ${i}`, value: ours[i] },
    { label: `loop, index ${i}`, value: naive[i], kind: "other" as const },
  ]);
  const largest = list.reduce((max, { value }) => Math.max(max, value), 1);
  return chart({
    title: "Error of a float32 softmax",
    note: "in units in the last place",
    picture: html`
      ${bars(list, { height: 200, limit: roundLimit(largest), labels: false })}
      <ul class="key" aria-hidden="true">
        <li class="ours">softmax-wasm, at most ${short(worst.ours)}</li>
        <li class="other">a loop in float32, at most ${short(worst.naive)}</li>
      </ul>
    `,
    text: `softmax-wasm is off by at most ${short(worst.ours)} units in the last place, a loop that rounds each step to float32 by ${short(worst.naive)}.`,
    table: {
      head: ["index", "softmax-wasm", "loop"],
      rows: indices.map((i) => [i, short(ours[i]), short(naive[i])]),
    },
  });
}
