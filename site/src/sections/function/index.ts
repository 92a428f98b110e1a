import { html, render } from "lit-html";
import { softmax } from "softmax-wasm";
import { fitted } from "../../shared/canvas.js";
import { chart } from "../../shared/chart.js";
import { percent, short, whole } from "../../shared/numbers.js";
import { slider } from "../../shared/slider.js";
import "./function.css";
import { EXTENT } from "./grid.js";
import { planes } from "./plane.js";
import { CORNER, triangle } from "./triangle.js";

export function mount(root: HTMLElement): void {
  const settings = { temperature: 1 };
  const body = document.createElement("div");
  root.append(body);
  const frame = { rows: 0, softmaxTime: 0, time: 0, parts: 0 };
  const canvases = ["plane", "plane", "triangle"].map((name) => {
    const canvas = document.createElement("canvas");
    canvas.className = name;
    return canvas;
  });

  /** The pictures of a frame are drawn one after another: the last one shows the sum. */
  const report = (rows: number, softmaxTime: number, time: number) => {
    frame.rows += rows;
    frame.softmaxTime += softmaxTime;
    frame.time += time;
    if (++frame.parts < canvases.length) return;
    const took = body.querySelector("output.frame");
    if (took) {
      took.textContent = `This frame: ${whole(frame.rows)} softmaxes in ${frame.softmaxTime.toFixed(1)} ms, ${frame.time.toFixed(1)} ms with colours and lines.`;
    }
    Object.assign(frame, { rows: 0, softmaxTime: 0, time: 0, parts: 0 });
  };
  const temperature = slider({
    label: "Temperature",
    min: 0.05,
    max: 20,
    scale: "log",
    value: settings.temperature,
    onInput: (value) => {
      settings.temperature = value;
      draw();
    },
  });

  const draw = () => {
    const T = settings.temperature;
    const at = (x: number[]) => Array.from(softmax(x, { temperature: T }), percent).join(", ");
    const points = [
      [0, 0],
      [1, 0],
      [EXTENT, -EXTENT],
    ];
    const corners = [
      [CORNER / 3, CORNER / 3, CORNER / 3],
      [CORNER / 2, CORNER / 2, 0],
      [CORNER, 0, 0],
    ];
    const table = (list: number[][]) => ({
      head: ["x", "softmax"],
      rows: list.map((x) => [x.map(short).join(", "), at(x)]),
    });
    render(
      html`
        <p>
          Softmax of two logits depends on their difference alone, so its level lines are parallel. Over three logits, each
          point of the triangle mixes the colours of the corners by its probabilities. Each pixel is a softmax of its own.
        </p>
        ${temperature.element}
        <div class="pictures">
          ${[0, 1].map((component) =>
            chart({
              title: `softmax(x)${"₁₂"[component]}`,
              note: "of two logits",
              picture: canvases[component],
              text: `Over the plane of x₁ and x₂, constant along the lines where x₁ − x₂ is. It goes from 0.1 to 0.9 where ${component === 0 ? "x₁ − x₂" : "x₂ − x₁"} goes from −${short(T * Math.log(9))} to ${short(T * Math.log(9))}.`,
              ...(component === 0 ? { table: table(points) } : {}),
            }),
          )}
          ${chart({
            title: "softmax(x)",
            note: "of three logits; lines at 0.5 and 0.9",
            picture: canvases[2],
            text: `At the corners one logit is ${CORNER} and its probability ${at(corners[2]).split(",")[0]}.`,
            table: table(corners),
          })}
        </div>
        <p class="muted"><output class="frame"></output></p>
      `,
      body,
    );
    for (const request of requests) request();
  };
  const requests = [...planes(settings, report), triangle(settings, report)].map((drawing, i) =>
    fitted(canvases[i], drawing),
  );
  draw();
}
