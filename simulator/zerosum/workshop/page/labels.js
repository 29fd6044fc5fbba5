// What strategies and sides are called.

import { LETTERS, SIDES } from "./state.js";

export function armLabel(setup, name) {
  return setup.arms.find((arm) => arm.name === name)?.label ?? name;
}

/**
 * Names of both sides, which always differ: their labels or their strategies'; where both have one name, with their
 * letters. The server calls them the same (verdict.py).
 */
export function sideLabels(setup, state) {
  const labels = SIDES.map((side) => state[side].label || armLabel(setup, state[side].arm));
  return labels[0] === labels[1] ? SIDES.map((side, i) => `${labels[i]} (${LETTERS[side]})`) : labels;
}
