import { version } from "softmax-wasm/package.json";
import { digits, LOOP } from "./plot.js";
import { labelOf } from "./protocol.js";
import { type Race, ranked } from "./standings.js";

/** The machine and all samples, in nanoseconds per element. */
export function toJson({ shape, rounds, standings, out, state }: Race): string {
  const results = ranked(standings).map(({ name, includes, times }) => ({ name, includes, ...times }));
  return JSON.stringify(
    {
      what: "softmax, float32",
      unit: "ns per element",
      shape,
      rounds,
      state,
      version,
      ...machine(),
      results,
      out,
    },
    null,
    2,
  );
}

export function toMarkdown({ shape, standings, out }: Race): string {
  const loop = standings.find(({ name }) => name === LOOP)?.times?.median;
  const { userAgent, threads } = machine();
  return [
    `softmax of ${labelOf(shape)} float32, nanoseconds per element; softmax-wasm ${version}`,
    `in ${userAgent}, ${threads} threads`,
    "",
    "| | median | quartiles | times the loop |",
    "| --- | ---: | ---: | ---: |",
    ...ranked(standings).flatMap(({ name, times }) =>
      times === undefined
        ? []
        : [
            `| ${name} | ${digits(times.median)} | ${times.quartiles.map(digits).join(" to ")} | ${loop === undefined ? "" : digits(loop / times.median)} |`,
          ],
    ),
    ...out.map(({ name, reason }) => `\n${name} did not run: ${reason}`),
    "",
  ].join("\n");
}

function machine() {
  return {
    userAgent: navigator.userAgent,
    threads: navigator.hardwareConcurrency,
    crossOriginIsolated,
    date: new Date().toISOString(),
  };
}
