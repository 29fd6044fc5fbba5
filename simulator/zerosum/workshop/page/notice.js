// A short word at the edge of the page, gone once it can have been read, or once the engine has answered.

import { byId, say } from "./dom.js";

const SECONDS = 5;
const WORDS_A_SECOND = 2.5; // read aloud, or from the back row
let leaving = 0;
let untilAnswered = false;

function show(text, isProblem, seconds) {
  const box = byId("notice");
  clearTimeout(leaving);
  untilAnswered = seconds === Infinity;
  box.classList.toggle("problem", isProblem);
  say(box, text);
  if (untilAnswered) return;
  const reading = text.split(" ").length / WORDS_A_SECOND;
  leaving = setTimeout(() => say(box, ""), Math.max(seconds, reading) * 1000);
}

export function notice(text) {
  show(text, false, SECONDS);
}

/** Something could not be done. */
export function fault(problem) {
  show(problem.message, true, 3 * SECONDS);
}

/** The engine keeps the page waiting, or does not do what it was asked; this stays until it answers. */
export function waiting(text, isProblem = false) {
  show(text, isProblem, Infinity);
}

/** The engine has answered. */
export function answered() {
  if (untilAnswered) show("", false, 0);
}
