import { html, render } from "lit-html";
import { mountCalibrated } from "./calibrated.js";
import "./digits.css";
import { mountDrawing } from "./drawing.js";
import { fetchModel, type Model } from "./model.js";

export function mount(root: HTMLElement): void {
  const body = document.createElement("div");
  root.append(body);
  render(html`<p class="muted">The network is loading …</p>`, body);
  fetchModel().then(
    (model) => show(body, model),
    (error) => render(html`<p class="message">The network could not be loaded: ${error.message}.</p>`, body),
  );
}

function show(body: HTMLElement, model: Model): void {
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
