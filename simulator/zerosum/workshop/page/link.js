// The state as the part of the address after "#": readable, whole, and safe to send.
//
//   #A=shots&B=usual&A.tools.dialler.boost=0.8&contracts.attrition=0.5&adopters=focal&year=3&equal=1
//
// A key with "A." or "B." before it is that side's; one without is both sides'. "A.label" is what side A is called.

import { LETTERS, SIDES } from "./state.js";

const LONGEST_LABEL = 28; // letters, as the server has it
const SHOWN = 40; // letters of a word that is told back
const MOST_NAMES = 6; // names that are listed

export function toHash(state) {
  const words = new URLSearchParams();
  for (const side of SIDES) words.set(LETTERS[side], state[side].strategy);
  for (const side of SIDES) {
    if (state[side].label) words.set(`${LETTERS[side]}.label`, state[side].label);
    for (const [key, value] of Object.entries(state[side].values))
      words.set(`${LETTERS[side]}.${key}`, String(value));
  }
  for (const [key, value] of Object.entries(state.shared)) words.set(key, String(value));
  words.set("adopters", state.adopters);
  words.set("year", String(state.year));
  if (state.equal) words.set("equal", "1");
  return `#${words}`;
}

/**
 * Read a state from an address; whatever it doesn't say, or says wrongly, is as the scenario has it.
 *
 * @returns {{state: Object, problems: [string, string][]}}  problems: what was wrong, and what would be right
 */
export function fromHash(hash, setup) {
  const first = setup.state;
  const state = { ...first, left: { ...first.left }, right: { ...first.right }, shared: { ...first.shared } };
  const problems = [];
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  if (words.size > 0) {
    // A link says all: what it leaves out stands at the scenario's own value.
    for (const side of SIDES) Object.assign(state[side], { values: {}, label: null });
    state.shared = {};
  }
  const seen = new Set();
  for (const [word, text] of words) {
    const wrong = seen.has(word) ? "it is said twice; the first counts" : put(word, text, state, setup);
    seen.add(word);
    if (wrong) problems.push([cutShort(`${word}=${text}`), wrong]);
  }
  return { state, problems };
}

/** Put a word of the address into the state; returns what is wrong with it, "" if nothing is. */
function put(word, text, state, setup) {
  const side = SIDES.find((name) => word === LETTERS[name] || word.startsWith(`${LETTERS[name]}.`));
  if (side && word === LETTERS[side]) {
    if (!setup.strategies.some(({ name }) => name === text)) return noSuch("strategy", setup.strategies);
    state[side].strategy = text;
    return "";
  }
  if (side && word.slice(2) === "label") {
    if (text.length < 1 || text.length > LONGEST_LABEL) return `a name has 1 to ${LONGEST_LABEL} letters`;
    state[side].label = text;
    return "";
  }
  if (word === "adopters") {
    if (!setup.adopters.some(({ name }) => name === text)) return noSuch("choice", setup.adopters);
    state.adopters = text;
    return "";
  }
  if (word === "equal") {
    state.equal = text === "1";
    return text === "1" || text === "0" ? "" : "it is 0 or 1";
  }
  const number = text.trim() === "" ? NaN : Number(text);
  if (word === "year") {
    if (!Number.isInteger(number) || number < 0 || number >= setup.years)
      return `years are whole numbers from 0 to ${setup.years - 1}`;
    state.year = number;
    return "";
  }
  const key = side ? word.slice(2) : word;
  const slider = setup.sliders.find((one) => one.key === key && one.side === Boolean(side));
  if (!slider)
    return "there is no such setting; there are A, B, adopters, year, equal, and the sliders of “What if…”";
  if (!(number >= slider.min && number <= slider.max)) return `it goes from ${slider.min} to ${slider.max}`;
  (side ? state[side].values : state.shared)[key] = number;
  return "";
}

/** "there is no such strategy; there are usual, shots and 5 more" */
export function noSuch(kind, known) {
  const names = known.map(({ name }) => name);
  const told = names.slice(0, MOST_NAMES);
  const last = names.length > MOST_NAMES ? `${names.length - MOST_NAMES} more` : told.pop();
  if (last === undefined) return `there is no such ${kind}, nor any other`;
  return `there is no such ${kind}; there ${names.length > 1 ? "are" : "is"} ${[told.join(", "), last].filter(Boolean).join(" and ")}`;
}

export function cutShort(text) {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
