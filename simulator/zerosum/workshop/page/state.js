// The whole of what the room has set. A state is a plain object and never written to: a change makes a new
// one.
//
// { left: {strategy, values: {key: number}, label}, right: {…}, shared: {key: number}, adopters, year, equal }
// What isn't among the values has the scenario's own value; without a label a side is called by its strategy.

export const SIDES = ["left", "right"];
export const LETTERS = { left: "A", right: "B" };

export function withArm(state, side, strategy) {
  const plain = withoutLabels(state);
  return { ...plain, [side]: { ...plain[side], strategy } };
}

/** A label says in what the sides differ; once one of them is changed it may no longer be true. */
function withoutLabels(state) {
  const left = { ...state.left, label: null };
  return { ...state, left, right: { ...state.right, label: null } };
}

/** Set a slider; at the scenario's own value it is taken out, so that links say only what was changed. */
export function withValue(state, side, key, value, own) {
  const put = (values) => {
    const rest = { ...values };
    if (value === own) delete rest[key];
    else rest[key] = value;
    return rest;
  };
  if (side === null) return { ...state, shared: put(state.shared) };
  const plain = withoutLabels(state);
  return { ...plain, [side]: { ...plain[side], values: put(plain[side].values) } };
}

export function withAdopters(state, adopters) {
  return { ...state, adopters };
}

export function withYear(state, year) {
  return { ...state, year };
}

export function withEqual(state, equal) {
  return { ...state, equal };
}

/** The first state that the scenario has, in this adopters and year: an honest "undo all changes". */
export function atFirst(setup) {
  return setup.state;
}

/** A text that is the same for the same settings, in whatever order they were made. */
export function fingerprint(state) {
  const sorted = (values) => Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  const side = ({ strategy, values, label }) => [strategy, sorted(values), label ?? null];
  const { left, right, shared, adopters, year, equal } = state;
  return JSON.stringify([side(left), side(right), sorted(shared), adopters, year, equal]);
}
