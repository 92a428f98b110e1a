import { html, render } from "lit-html";
import { mountCalibrated } from "./calibrated.js";
import "./digits.css";
import { mountDrawing } from "./drawing.js";
import { fetchModel } from "./model.js";

export async function mount(root: HTMLElement): Promise<void> {
  const model = await fetchModel();
  const body = document.createElement("div");
  root.append(body);
  render(
    html`
      <p>
        A network with one hidden layer, trained by this package on 6,000 digits of MNIST, reads what you draw while you draw it.
        Its weights are 8-bit integers, 38 KB of them.
      </p>
      <div></div>
      <div></div>
    `,
    body,
  );
  const [above, below] = body.querySelectorAll("div");
  const calibrated = mountCalibrated(below, model, () => redraw());
  const redraw = mountDrawing(above, model, calibrated.temperature);
}
