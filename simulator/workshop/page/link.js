// The state as the part of the address after "#": readable, whole, and safe to send.
//
//   #A=shots&B=usual&A.tools.dialler.boost=0.8&market.saturation=0.9&world=alone&year=3&equal=1
//
// A key with "A." or "B." before it is that side's; one without is both sides'.

import { LETTERS, SIDES } from "./state.js";

export function toHash(state) {
  const words = new URLSearchParams();
  for (const side of SIDES) words.set(LETTERS[side], state[side].arm);
  for (const side of SIDES)
    for (const [key, value] of Object.entries(state[side].values))
      words.set(`${LETTERS[side]}.${key}`, String(value));
  for (const [key, value] of Object.entries(state.shared)) words.set(key, String(value));
  words.set("world", state.world);
  words.set("year", String(state.year));
  if (state.equal) words.set("equal", "1");
  return `#${words}`;
}

/**
 * Read a state from an address; whatever it doesn't say is as the scenario has it.
 *
 * @returns {{state: Object, ignored: string[]}}  ignored: what it said that this page doesn't know, to
 *     be told
 */
export function fromHash(hash, setup) {
  const first = setup.state;
  const state = { ...first, left: { ...first.left }, right: { ...first.right }, shared: { ...first.shared } };
  const ignored = [];
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  if (words.size > 0) {
    // A link says all: what it leaves out stands at the scenario's own value.
    state.left.values = {};
    state.right.values = {};
    state.shared = {};
  }
  for (const [word, text] of words)
    if (!understood(word, text, state, setup)) ignored.push(`${word}=${text}`);
  return { state, ignored };
}

function understood(word, text, state, setup) {
  const side = SIDES.find((name) => word === LETTERS[name] || word.startsWith(`${LETTERS[name]}.`));
  if (side && word === LETTERS[side]) {
    if (!setup.arms.some((arm) => arm.name === text)) return false;
    state[side].arm = text;
    return true;
  }
  if (word === "world") {
    if (!setup.worlds.some((world) => world.name === text)) return false;
    state.world = text;
    return true;
  }
  if (word === "equal") {
    state.equal = text === "1";
    return text === "1" || text === "0";
  }
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) return false;
  if (word === "year") {
    if (!Number.isInteger(number) || number < 0) return false;
    state.year = number;
    return true;
  }
  const key = side ? word.slice(2) : word;
  const slider = setup.sliders.find((one) => one.key === key && one.side === Boolean(side));
  if (!slider || number < slider.min || number > slider.max) return false;
  const values = side ? state[side].values : state.shared;
  values[key] = number;
  return true;
}
