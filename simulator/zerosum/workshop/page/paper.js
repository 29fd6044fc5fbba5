// What speaker notes and hand-outs share: which lesson the address names, and how a sheet is filled.

import { byId, make } from "./dom.js";
import { live } from "./live.js";

/** Fetch the lesson that the address names, and fill the sheet with what `write` makes of it. */
export async function fillPaper(write) {
  const name = decodeURIComponent(location.pathname.split("/").pop());
  const paper = byId("paper");
  try {
    const [lesson, setup] = await Promise.all([live.lesson(name), live.setup()]);
    document.title = `${lesson.title} · ${document.title}`;
    paper.replaceChildren(...write(lesson, setup));
  } catch (problem) {
    paper.replaceChildren(make("p", { className: "problem", textContent: problem.message }));
  }
}

export function printButton() {
  return make(
    "p",
    { className: "tools" },
    make("button", { type: "button", textContent: "Print", onclick: () => window.print() }),
  );
}
