// Taking bets: hands are counted with a key each. Nothing of the year is seen meanwhile.

import { byId, make, say } from "./dom.js";

const LETTERS_OF_CHOICES = "ABCD";

/**
 * Ask the room; resolves to true when the year is to be played, to false when the dialog was closed.
 *
 * @param {Bets} bets     written to
 * @param {string} title  "Place your bets", "Week 12: change your bet?"
 * @param {() => void} onCount   called after each hand
 */
export function askRoom(bets, title, onCount = () => {}) {
  const dialog = byId("vote-dialog");
  const cards = bets.choices.map(({ label, side }, i) => card(bets, i, label, side));
  const play = make("button", {
    type: "submit",
    className: "strong",
    value: "play",
    textContent: bets.rounds.length > 1 ? "Play on" : "Play",
  });
  const letters = [...LETTERS_OF_CHOICES].slice(0, cards.length);
  const form = make(
    "form",
    { method: "dialog" },
    make("p", { className: "over", textContent: title }),
    make("h2", { id: "vote-question", textContent: bets.question }),
    make("div", { className: `cards of${cards.length}` }, ...cards.map(({ box }) => box)),
    make(
      "p",
      { className: "hint" },
      `Hands up! Keys ${letters.join(", ")}: one hand more; with Shift: one less. Enter: play.`,
    ),
    make(
      "div",
      { className: "buttons" },
      make("button", { type: "submit", value: "", textContent: "Close", formNoValidate: true }),
      play,
    ),
  );
  dialog.replaceChildren(form);
  const show = () => {
    cards.forEach(({ number }, i) => say(number, String(bets.now.hands[i])));
    onCount();
  };
  const hear = (event) => {
    const choice = event.code?.startsWith("Key") ? LETTERS_OF_CHOICES.indexOf(event.code.slice(3)) : -1;
    if (choice < 0 || choice >= cards.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    bets.count(choice, event.shiftKey ? -1 : 1);
    show();
  };
  dialog.onkeydown = hear;
  dialog.onclick = show;
  show();
  dialog.returnValue = "";
  dialog.showModal();
  play.focus();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "play");
  });
}

function card(bets, i, label, side) {
  const number = make("output", { className: "number", ariaLabel: `Bets on ${label}` });
  const by = (step, text, name) =>
    make("button", {
      type: "button",
      textContent: text,
      ariaLabel: `${name} for ${label}`,
      onclick: () => bets.count(i, step),
    });
  const head = make(
    "p",
    { className: "choice" },
    make("kbd", { textContent: LETTERS_OF_CHOICES[i] }),
    make("span", { textContent: label }),
  );
  const box = make(
    "div",
    { className: `card ${side ?? ""}` },
    head,
    number,
    make("div", { className: "hands" }, by(-1, "−", "One hand less"), by(1, "+", "One hand more")),
  );
  return { box, number };
}
