// What strategies and sides are called.

import { LETTERS, SIDES } from "./state.js";

export function armLabel(setup, name) {
  return setup.arms.find((arm) => arm.name === name)?.label ?? name;
}

/** Names of both sides: their strategies', or their letters where these have one name. */
export function sideLabels(setup, state) {
  const labels = SIDES.map((side) => armLabel(setup, state[side].arm));
  return labels[0] === labels[1] ? SIDES.map((side) => `Side ${LETTERS[side]}`) : labels;
}
