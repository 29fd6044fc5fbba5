// Between the sides: what was bet, who called it, and what many years said.

import { byId, make } from "./dom.js";
import { legend } from "./legend.js";
import { manyWords } from "./many.js";
import { LETTERS, SIDES } from "./state.js";

/**
 * @param {Object} told
 * @param {Bets|null} told.bets
 * @param {boolean} told.here         whether they are about the settings that the stage shows
 * @param {number|null} told.right    the choice that was right, once it is known
 * @param {string} told.certainty     of this one year's verdict, once it is over
 * @param {string} told.span         what it is called
 * @param {Object|null} told.many     last line of /api/years for these settings
 */
export function showBoard({ bets, here, right, certainty, span, many }) {
  const parts = [];
  if (bets) parts.push(...betsTold(bets, here, right));
  // Many years say more than one: what one year is worth is told only until they are known.
  if (many) parts.push(make("p", { className: "called", textContent: manyWords(many)[0] }));
  else if (certainty) parts.push(make("p", { className: "quiet", textContent: certainty }));
  if (!parts.length)
    parts.push(
      make("p", { textContent: `What do you think: who ends the ${span} ahead?` }),
      make("p", {
        className: "quiet",
        textContent: `Take bets (V), then play. 200 ${span}s (M) tells chance from habit.`,
      }),
      legend(),
    );
  byId("board").replaceChildren(...parts);
}

function betsTold(bets, here, right) {
  const about = here ? "" : " on earlier settings";
  const rows = bets.choices.map(({ label, side }, i) => {
    const hands = bets.rounds.map((round) => String(round.hands[i])).join(" → ");
    const letter = side ? LETTERS[SIDES.find((one) => one === side)] : "ABCD"[i];
    return make(
      "li",
      { className: `${side ?? ""} ${right === i ? "right-one" : ""}` },
      make("b", { textContent: letter }),
      make("span", { textContent: label }),
      make("b", { className: "hands", textContent: hands }),
    );
  });
  const told = [
    make("h3", {}, bets.rounds.length > 1 ? `Bets${about}: first → week ${bets.now.week}` : `Bets${about}`),
    make("ul", { className: "bets" }, ...rows),
  ];
  if (right !== null && bets.hands > 0)
    told.push(make("p", { className: "called", textContent: bets.called(right) }));
  return told;
}
