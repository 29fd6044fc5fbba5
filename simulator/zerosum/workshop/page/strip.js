// The customers that a side has won and still holds, counted by cause. A cause appears when it first occurs.

import { make, say } from "./dom.js";
import { glyphIcon } from "./glyphs.js";

const ROWS = 7; // that there is room for; the rest is added up

export class CauseStrip {
  constructor(box, causes) {
    this.causes = [...causes, { name: "other", label: "no cause told" }];
    this.total = make("span");
    this.list = make("ul");
    this.empty = make("p", { className: "nothing", textContent: "nobody yet" });
    box.replaceChildren(make("h3", {}, "Won and still held ", this.total), this.list, this.empty);
    this.shown = "";
  }

  /** @param {Int32Array} held   customers by cause */
  show(held) {
    const some = [...held].map((n, i) => ({ n, ...this.causes[i] })).filter((cause) => cause.n > 0);
    const whole = some.reduce((sum, cause) => sum + cause.n, 0);
    say(this.total, whole ? String(whole) : "");
    this.empty.hidden = whole > 0;
    const told = some.length > ROWS ? some.sort((a, b) => b.n - a.n).slice(0, ROWS - 1) : some;
    const rest = whole - told.reduce((sum, cause) => sum + cause.n, 0);
    if (rest) told.push({ name: "other", label: "other causes", n: rest });
    const text = told.map((cause) => `${cause.name} ${cause.n}`).join();
    if (text === this.shown) return;
    this.shown = text;
    this.list.replaceChildren(
      ...told.map(({ name, label, n }) =>
        make(
          "li",
          {},
          glyphIcon(name),
          make("span", { textContent: label }),
          make("b", { textContent: String(n) }),
        ),
      ),
    );
  }
}
