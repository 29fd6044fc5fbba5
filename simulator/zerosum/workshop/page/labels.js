// What strategies and sides are called.

import { LETTERS, SIDES } from "./state.js";

export function strategyLabel(setup, name) {
  return setup.strategies.find((strategy) => strategy.name === name)?.label ?? name;
}

/**
 * Names of both sides, which always differ: their labels or their strategies'; where both have one name, with their
 * letters. The server calls them the same (verdict.py).
 */
export function sideLabels(setup, state) {
  const labels = SIDES.map((side) => state[side].label || strategyLabel(setup, state[side].strategy));
  return labels[0] === labels[1] ? SIDES.map((side, i) => `${labels[i]} (${LETTERS[side]})`) : labels;
}
