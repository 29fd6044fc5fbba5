// "What if…": what the room can change. Each side has its strategy's sliders; both share the market, the
// adopters, presets.

import { make, say } from "./dom.js";
import { sliderRow } from "./sliders.js";
import { LETTERS, atFirst, withValue, withAdopters, withYear } from "./state.js";

/** The value of a slider now: what was set, or the scenario's own. */
function present(slider, side, state) {
  const values = side === null ? state.shared : state[side].values;
  return values[slider.key] ?? ownValue(slider, side, state);
}

/** What the scenario has, for this strategy where it differs between strategies. */
function ownValue(slider, side, state) {
  const ofArm = side === null ? undefined : slider.defaults?.[state[side].strategy];
  return ofArm ?? slider.default;
}

/** Fill a side's panel: what its strategy is, and its sliders. */
export function tuneSide(box, setup, side, store) {
  const { state } = store;
  const strategy = setup.strategies.find((one) => one.name === state[side].strategy);
  const sliders = setup.sliders.filter(
    (one) => one.side && (!one.strategies?.length || one.strategies.includes(strategy.name)),
  );
  const words = make("p", { className: "tune-words", textContent: strategy.words });
  const rows = sliders.map((slider) =>
    sliderRow(slider, `${side}-${slider.key}`, present(slider, side, state), ownValue(slider, side, state), {
      onBegin: store.begin,
      onMove: (value) =>
        store.move(withValue(store.state, side, slider.key, value, ownValue(slider, side, store.state))),
      onRest: store.rest,
      explain: (text) => say(words, text),
    }),
  );
  const tools = strategy.tools.map(({ name, claim }) =>
    make("li", {}, make("b", { textContent: name }), claim ? ` Its vendor claims: ${claim}` : ""),
  );
  box.replaceChildren(
    make("h3", {}, `${LETTERS[side]} `, make("span", { textContent: strategy.label })),
    words,
    ...(rows.length
      ? rows
      : [make("p", { className: "quiet", textContent: "Nothing to set: this strategy uses no tool." })]),
    ...(tools.length ? [make("ul", { className: "claims" }, ...tools)] : []),
  );
}

/** Fill the shared panel. */
export function tuneShared(box, setup, store) {
  const { state } = store;
  const adopters = make(
    "select",
    { id: "adopters" },
    ...setup.adopters.map(({ name, label }) => make("option", { value: name, textContent: label })),
  );
  adopters.value = state.adopters;
  const chosen = setup.adopters.find(({ name }) => name === state.adopters);
  const words = make("p", { className: "tune-words", textContent: chosen?.words ?? "" });
  adopters.onchange = () => store.change(withAdopters(store.state, adopters.value));
  const presets = make(
    "select",
    { id: "preset" },
    make("option", { value: "", textContent: "choose…" }),
    ...setup.presets.map(({ name, label }) => make("option", { value: name, textContent: label })),
  );
  presets.onchange = () => {
    const preset = setup.presets.find(({ name }) => name === presets.value);
    if (preset) store.change(withYear(preset.state, store.state.year));
  };
  const rows = setup.sliders
    .filter((one) => !one.side)
    .map((slider) =>
      sliderRow(slider, `both-${slider.key}`, present(slider, null, state), slider.default, {
        onBegin: store.begin,
        onMove: (value) => store.move(withValue(store.state, null, slider.key, value, slider.default)),
        onRest: store.rest,
        explain: (text) => say(words, text),
      }),
    );
  box.replaceChildren(
    make(
      "h3",
      { className: "with-button" },
      "Both sides",
      make("button", {
        type: "button",
        id: "undo",
        textContent: "Undo all changes",
        onclick: () => store.change(atFirst(setup)),
      }),
    ),
    words,
    make(
      "div",
      { className: "chooser" },
      make("label", { htmlFor: "adopters", textContent: "Who adopts" }),
      adopters,
    ),
    ...(setup.presets.length
      ? [
          make(
            "div",
            { className: "chooser" },
            make("label", { htmlFor: "preset", textContent: "Preset" }),
            presets,
          ),
        ]
      : []),
    ...rows,
  );
}
