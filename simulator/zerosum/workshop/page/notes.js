// Speaker notes: the lesson's steps with what the educator says and looks out for.

import { make } from "./dom.js";
import { KINDS } from "./kinds.js";
import { fillPaper, printButton } from "./paper.js";

fillPaper((lesson) => [
  make("p", { className: "over", textContent: `Speaker notes · ${lesson.minutes} minutes` }),
  make("h1", { textContent: lesson.title }),
  printButton(),
  make("ol", { className: "steps" }, ...lesson.steps.map(step)),
]);

function step({ kind, title, text, question, notes, pause }, i) {
  const shown = [text, question && `Question: ${question}`, pause && `Pauses in week ${pause}.`].filter(
    Boolean,
  );
  return make(
    "li",
    {},
    make("h2", { textContent: `${i + 1}. ${KINDS[kind]}: ${title}` }),
    ...shown.map((words) => make("blockquote", { textContent: words })),
    make("p", { className: "notes", textContent: notes }),
  );
}
