// The hand-out: one sheet on which each of the room writes a bet before, and a reason after.

import { make } from "./dom.js";
import { sideLabels } from "./labels.js";
import { fillPaper, printButton } from "./paper.js";
import { LETTERS, SIDES } from "./state.js";

fillPaper((lesson, setup) => {
  const bets = lesson.steps.filter(({ kind }) => kind === "bet" || kind === "again");
  const talks = lesson.steps.filter(({ kind }) => kind === "discuss");
  const first = bets[0]?.state ?? lesson.steps[0].state;
  return [
    make("p", { className: "over", textContent: "Predict, bet, reveal" }),
    make("h1", { textContent: lesson.title }),
    ...paragraphs(lesson.handout),
    printButton(),
    make("div", { className: "strategies" }, ...SIDES.map((side, i) => strategy(setup, side, first[side].strategy, sideLabels(setup, first)[i]))),
    make("h2", { textContent: "My bets" }),
    ...bets.map((step) => bet(step, setup)),
    ...talks.flatMap(({ text }) => [
      make("div", { className: "ask" }, make("p", { textContent: text }), writing(2)),
    ]),
    make("h2", { textContent: "What I would ask of a vendor of such a tool" }),
    writing(2),
    make("p", {
      className: "quiet",
      textContent: "What tools do in this model is what their vendors claim: an assumption, not a finding.",
    }),
  ];
});

function paragraphs(handout) {
  const words = handout?.words ?? handout?.text ?? "";
  return words
    .split("\n\n")
    .filter(Boolean)
    .map((textContent) => make("p", { textContent }));
}

function strategy(setup, side, name, label) {
  const strategy = setup.strategies.find((one) => one.name === name);
  const claims = strategy.tools
    .filter(({ claim }) => claim)
    .map(({ name: tool, claim }) => make("li", { textContent: `${tool}: ${claim}` }));
  return make(
    "section",
    {},
    make("h2", { textContent: `${LETTERS[side]}  ${label}` }),
    ...(label === strategy.label ? [] : [make("p", { textContent: `${strategy.label}.` })]),
    make("p", { textContent: strategy.words }),
    make("ul", {}, ...claims),
  );
}

function bet({ question, title, choices, state }, setup) {
  const labels = choices?.length
    ? choices.map((choice) => choice.label ?? choice)
    : sideLabels(setup, state);
  const boxes = labels.map((label) => make("span", {}, make("i"), label));
  return make("div", { className: "bet" }, make("span", { textContent: question ?? title }), ...boxes);
}

function writing(lines) {
  return make(
    "div",
    { className: "lines" },
    ...Array.from({ length: lines }, () => make("div", { className: "write" })),
  );
}
