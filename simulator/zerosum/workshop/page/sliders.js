// Sliders made from the scenario's own fields, with their units, limits and words.

import { make, say } from "./dom.js";

/** A value as a room reads it: shares in percent, all else with its unit. */
export function valueText(slider, value) {
  if (slider.unit === "share") return `${Number((value * 100).toFixed(1))}%`;
  const decimals = Math.max(0, Math.min(4, -Math.floor(Math.log10(slider.step) + 1e-9)));
  return `${value.toLocaleString("en", { maximumFractionDigits: decimals })}`;
}

function unitText(slider) {
  return slider.unit === "share" ? "" : slider.unit;
}

/**
 * Make a slider's row.
 *
 * @param {Object} slider           of the setup
 * @param {string} id               of the range
 * @param {number} value
 * @param {number} own              what the scenario has
 * @param {Object} tell
 * @param {() => void} tell.onBegin               the hand takes hold
 * @param {(value: number) => void} tell.onMove   every movement
 * @param {() => void} tell.onRest                the hand rests
 * @param {(words: string) => void} tell.explain  what the slider means, to be shown
 */
export function sliderRow(slider, id, value, own, { onBegin, onMove, onRest, explain }) {
  const shown = make("output", { htmlFor: id, textContent: valueText(slider, value) });
  const range = make("input", {
    type: "range",
    id,
    min: slider.min,
    max: slider.max,
    step: slider.step,
    ariaDescription: slider.words,
  });
  range.value = value;
  range.oninput = () => {
    say(shown, valueText(slider, Number(range.value)));
    onMove(Number(range.value));
  };
  range.onchange = onRest;
  const about = () =>
    explain(
      `${slider.words} The scenario has ${valueText(slider, own)} ${unitText(slider)}`.trim() +
        ".",
    );
  range.onpointerdown = onBegin;
  range.onfocus = () => {
    onBegin();
    about();
  };
  const label = make(
    "label",
    { htmlFor: id },
    slider.label,
    unitText(slider) ? make("small", { textContent: ` ${unitText(slider)}` }) : "",
  );
  return make("div", { className: "slider", onpointerenter: about }, label, range, shown);
}
