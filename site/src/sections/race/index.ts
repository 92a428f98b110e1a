import { html, render } from "lit-html";
import { labelOf, type Peer, SHAPES } from "./protocol.js";
import "./race.css";
import { results } from "./results.js";
import { type RaceRun, run } from "./runner.js";
import type { Race } from "./standings.js";

const ROUNDS = 15;

const PEERS: readonly { readonly peer: Peer; readonly label: string }[] = [
  { peer: "tfjs wasm", label: "tfjs, WebAssembly: loads 1 MB" },
  { peer: "onnxruntime-web", label: "onnxruntime-web: loads 14 MB" },
];

export function mount(root: HTMLElement): void {
  const body = document.createElement("div");
  root.append(body);
  const peers = new Set<Peer>();
  let shape = 1;
  let race: Race | undefined;
  let running: RaceRun | undefined;
  let copied = "";

  const start = () => {
    copied = "";
    running = run({ shape: SHAPES[shape], rounds: ROUNDS, peers: [...peers] }, (next) => {
      race = next;
      redraw();
    });
  };
  const copy = async (what: string, text: string) => {
    copied = await navigator.clipboard.writeText(text).then(
      () => `Copied as ${what}.`,
      () => "This page may not copy.",
    );
    redraw();
  };
  const choose = (event: Event) => {
    shape = (event.target as HTMLSelectElement).selectedIndex;
  };
  const toggle = (peer: Peer, event: Event) => {
    if ((event.target as HTMLInputElement).checked) peers.add(peer);
    else peers.delete(peer);
  };

  const redraw = () => {
    const isBusy = race?.state === "preparing" || race?.state === "running";
    render(
      html`
        <p>
          On your machine: this package beside the loop that one would write, the one-liner that many have, and two libraries if you load
          them. A worker gives each a turn of 40 milliseconds in each of ${ROUNDS} rounds, so that a slow moment hits all of them. A dot is the
          median, its bar reaches from quartile to quartile. A result that differs is not raced.
        </p>
        <div class="split race">
          <div class="stack">
            <fieldset class="stack" ?disabled=${isBusy}>
              <legend class="hidden">What is raced</legend>
              <label>Rows × columns
                <select @change=${choose}>
                  ${SHAPES.map((each, k) => html`<option ?selected=${k === shape}>${labelOf(each)}</option>`)}
                </select>
              </label>
              ${PEERS.map(
                ({ peer, label }) =>
                  html`<label class="check"><input type="checkbox" @change=${(event: Event) => toggle(peer, event)}>${label}</label>`,
              )}
            </fieldset>
            <div class="row">
              <button type="button" class="primary" ?disabled=${isBusy} @click=${start}>Start</button>
              <button type="button" ?disabled=${!isBusy} @click=${() => running?.stop()}>Stop</button>
            </div>
          </div>
          <div class="stack">${race ? results(race, copied, copy) : html`<p class="muted">Start, and the times are drawn here, the fastest first.</p>`}</div>
        </div>
      `,
      body,
    );
  };
  redraw();
}
