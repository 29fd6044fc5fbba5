// A short word at the edge of the page, gone after a while; faults stay until something works again.

import { byId, say } from "./dom.js";

const SECONDS = 5;
let leaving = 0;

export function notice(text) {
  const box = byId("notice");
  clearTimeout(leaving);
  box.classList.remove("problem");
  say(box, text);
  leaving = setTimeout(() => say(box, ""), SECONDS * 1000);
}

export function fault(problem) {
  const box = byId("notice");
  clearTimeout(leaving);
  box.classList.add("problem");
  say(box, problem.message);
}

export function clearFault() {
  const box = byId("notice");
  if (box.classList.contains("problem")) {
    box.classList.remove("problem");
    say(box, "");
  }
}
