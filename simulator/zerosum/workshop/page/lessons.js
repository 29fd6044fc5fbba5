// A lesson: a short script that sets the scene, takes bets, plays, and asks. The educator turns its pages.

import { byId, make, say } from "./dom.js";
import { KINDS } from "./kinds.js";

/** Choose a lesson; resolves to its name, or to "" when none was chosen. `papers`: whether a server has them. */
export function chooseLesson(lessons, papers) {
  const dialog = byId("lessons-dialog");
  const items = lessons.map(({ name, title, minutes, words }) =>
    make(
      "li",
      {},
      make(
        "button",
        { type: "button", onclick: () => dialog.close(name) },
        make("b", { textContent: title }),
        make("small", { textContent: ` ${minutes} minutes` }),
        make("span", { textContent: words }),
      ),
      ...(papers ? [papersOf(name)] : []),
    ),
  );
  dialog.replaceChildren(
    make("h2", { id: "lessons-title", textContent: "Lessons" }),
    items.length
      ? make("ul", { className: "lessons" }, ...items)
      : make("p", { textContent: "This scenario has no lessons." }),
    make(
      "div",
      { className: "buttons" },
      make("button", { type: "button", textContent: "Close", onclick: () => dialog.close("") }),
    ),
  );
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue);
  });
}

function papersOf(name) {
  return make(
    "p",
    { className: "papers" },
    make("a", { href: `/notes/${name}`, target: "notes", rel: "noopener", textContent: "Speaker notes" }),
    " · ",
    make("a", {
      href: `/handout/${name}`,
      target: "handout",
      rel: "noopener",
      textContent: "Hand-out to print",
    }),
  );
}

export class LessonBar {
  /**
   * @param {(step: Object, lesson: Object) => void} onStep   sets the stage for a step
   * @param {() => void} onTurn                               a page was turned, or the lesson left
   * @param {boolean} hasNotes                                whether there is a server to ask for notes
   */
  constructor(onStep, onTurn, hasNotes) {
    this.onStep = onStep;
    this.onTurn = onTurn;
    this.lesson = null;
    this.number = 0;
    byId("lesson-back").onclick = () => this.go(-1);
    byId("lesson-next").onclick = () => this.go(1);
    byId("lesson-leave").onclick = () => this.leave();
    byId("lesson-notes").hidden = !hasNotes;
  }

  get step() {
    return this.lesson?.steps[this.number] ?? null;
  }

  /** Begin at a step, or give none; `quiet`: the stage is set already. */
  begin(lesson, number = 0, quiet = false) {
    this.lesson = lesson;
    this.number = number;
    if (lesson) byId("lesson-notes").href = `/notes/${lesson.name}`;
    this.show(quiet);
  }

  go(by) {
    if (!this.lesson) return;
    if (by > 0 && this.number === this.lesson.steps.length - 1) return this.leave();
    this.number = Math.max(0, this.number + by);
    this.show();
    this.onTurn();
  }

  leave() {
    this.lesson = null;
    this.show();
    this.onTurn();
  }

  show(quiet = false) {
    const { lesson, step } = this;
    byId("lesson").hidden = !lesson;
    byId("headline").hidden = Boolean(lesson);
    if (!lesson) return;
    const n = lesson.steps.length;
    byId("lesson-step").replaceChildren(
      make("b", { textContent: `${KINDS[step.kind]}: ${step.title}` }),
      ` · step ${this.number + 1} of ${n} · ${lesson.title}`,
    );
    say(byId("lesson-text"), step.text);
    byId("lesson-back").disabled = this.number === 0;
    say(byId("lesson-next"), this.number === n - 1 ? "End" : "Next");
    if (!quiet) this.onStep(step, lesson);
  }
}
