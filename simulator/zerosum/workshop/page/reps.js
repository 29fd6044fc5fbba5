// Each rep's sales to date against the share of its quota that is due by now. The scale is fixed: it knows
// no future.

import { make, say } from "./dom.js";

const FULL = 2; // quotas at a bar's end; who has sold more fills it
const NAMED = 8; // reps that there is room to name

export class RepBars {
  constructor(box) {
    this.heading = make("span");
    this.list = make("ul");
    this.note = make("p", { className: "note" });
    box.replaceChildren(make("h3", {}, "On pace ", this.heading), this.list, this.note);
    this.bars = [];
  }

  /** Make a bar for each rep of a team. */
  fill(reps, names) {
    const few = reps.length <= NAMED;
    this.bars = reps.map(() => ({ sold: make("i"), due: make("u") }));
    this.list.replaceChildren(
      ...reps.map(({ rep }, i) => {
        const bar = make("div", { className: "bar" }, this.bars[i].sold, this.bars[i].due);
        const name = make("span", { className: "name", textContent: names[rep] });
        return few ? make("li", {}, name, bar) : make("li", {}, bar);
      }),
    );
    this.list.classList.toggle("crowd", !few);
    say(this.note, "line: due by now");
  }

  /** @param {Array} reps   of the year's answer   @param {number[]} pace   share of quota due, by week */
  show(reps, pace, week) {
    let onPace = 0;
    reps.forEach(({ money, quota }, i) => {
      const sold = quota > 0 ? money[week] / quota : 0;
      if (sold >= pace[week] - 1e-9) onPace += 1;
      this.bars[i].sold.style.transform = `scaleX(${Math.min(1, Math.max(0, sold / FULL))})`;
      this.bars[i].due.style.transform = `translateX(${Math.min(1, pace[week] / FULL) * 100}%)`;
    });
    say(this.heading, week ? `${onPace} of ${reps.length}` : "");
  }
}
