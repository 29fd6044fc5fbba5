// The stage: shows a picture at a moment of its year. It is told both, and keeps neither the clock nor the
// settings.

import { byId, counted, say } from "./dom.js";
import { Field, LOOKS } from "./dots.js";
import { ShareLines } from "./lines.js";
import { RepBars } from "./reps.js";
import { CauseStrip } from "./strip.js";
import { fieldWords, runningWords } from "./verdict.js";

const SIGNS_AT_MOST = 1.6; // weeks: a longer jump shows the dots, and no signs
const PANELS = ["left", "right"];
const LOST = "#3d4247";
// Sizes of signs: those that bring us something new come first.
const SCALES = { won: 1, cannibalised: 1, lost: 0.75, renewed: 0.75 };

export class Stage {
  /** @param {Object} setup   @param {boolean} still   whether the reader asked for reduced motion */
  constructor(setup, still) {
    this.setup = setup;
    this.still = still;
    this.picture = null;
    this.shownWeek = -1;
    this.time = 0;
    this.lines = new ShareLines(byId("lines"), setup.scenario.weeks);
    this.panels = PANELS.map((side) => {
      const box = document.querySelector(`.side.${side}`);
      return {
        canvas: box.querySelector("canvas"),
        share: box.querySelector(".share"),
        strip: new CauseStrip(box.querySelector(".causes"), setup.causes),
        reps: new RepBars(box.querySelector(".reps")),
      };
    });
    const watch = new ResizeObserver(() => this.fit());
    for (const box of [...this.panels.map(({ canvas }) => canvas), byId("lines")]) watch.observe(box);
  }

  /**
   * Take a new picture.
   *
   * @param {Object} picture
   * @param {Object|null} before   the picture of the setting before, for the ghost lines
   * @param {number} time          week at which it is to be shown
   */
  take(picture, before, time) {
    const sameGround = this.picture && this.picture.one === picture.one;
    this.picture = picture;
    this.before = before;
    byId("stage").classList.toggle("one", picture.one);
    const names = this.setup.reps.map(({ name }) => name);
    picture.sides.forEach((side, i) => this.panels[i].reps.fill(side.reps, names));
    if (sameGround && this.fields) {
      picture.fields.forEach((side, i) => {
        this.fields[i].lookOf = side.lookOf;
        this.fields[i].order = picture.places;
      });
    } else {
      this.fields = picture.fields.map(
        (side, i) => new Field(this.panels[i].canvas, picture.places, side.lookOf),
      );
      this.fields.forEach((field) => field.fit());
      this.lines.fit();
    }
    this.repaint(time);
  }

  /** The window has another size. */
  fit() {
    if (!this.picture) return;
    this.fields.forEach((field) => field.fit());
    this.lines.fit();
    this.repaint(this.time);
  }

  /** Draw everything as it stands at a time, without signs. */
  repaint(time) {
    this.time = time;
    this.picture.sides.forEach((side) => side.playback.seek(time));
    this.picture.fields.forEach((side, i) =>
      this.fields[i].paintAll(side.playback.incumbent, (buyer) => this.parted(buyer)),
    );
    this.shownWeek = -1;
    this.tell(time);
    this.fields.forEach((field) => field.draw(performance.now()));
  }

  /** Draw the frame of a time, which lies close to the last one, or far. */
  frame(time, now) {
    if (!this.picture) return;
    if (time !== this.time) {
      const near = Math.abs(time - this.time) <= SIGNS_AT_MOST;
      const forwards = time > this.time;
      if (!near) this.fields.forEach((field) => field.dropSigns());
      this.time = time;
      // Both sides first: what a dot looks like depends on the other side, too.
      const passed = this.picture.sides.map((side) => side.playback.seek(time));
      passed.forEach((events, i) => {
        for (const event of events) this.passed(i, event, near && forwards && !this.still, now);
      });
      this.tell(time);
    }
    this.fields.forEach((field) => field.draw(now));
  }

  /** Whether a buyer is ours on one side only: there the two years have parted. */
  parted(buyer) {
    if (this.picture.one) return false;
    const [a, b] = this.picture.sides.map(({ playback }) => playback.isOurs(playback.incumbent[buyer]));
    return a !== b;
  }

  partedWords() {
    const [{ playback }] = this.picture.sides;
    const parted = playback.incumbent.filter((_, buyer) => this.parted(buyer)).length;
    return parted ? ` ${counted(parted, "buyer")} ours on one side only.` : "";
  }

  passed(i, event, signed, now) {
    const { buyer } = event;
    const ringed = this.parted(buyer);
    this.picture.fields.forEach((side, k) =>
      this.fields[k].paint(buyer, side.playback.incumbent[buyer], ringed),
    );
    const field = this.fields[this.picture.one ? 0 : i];
    if (!signed || event.kind === "others") return;
    const lost = event.kind === "lost";
    const cause = this.setup.causes[event.cause];
    const name = lost ? "lost" : event.kind === "won" ? (cause?.name ?? "other") : event.kind;
    field.sign(buyer, name, lost ? LOST : LOOKS[PANELS[i]].fill, SCALES[event.kind], now);
  }

  /** Numbers and words change with whole weeks. */
  tell(time) {
    const week = Math.floor(time + 1e-9);
    if (week === this.shownWeek) return;
    this.shownWeek = week;
    const { sides, pace } = this.picture;
    say(byId("week-number"), String(week));
    sides.forEach((side, i) => {
      say(this.panels[i].share, `${(side.share[week] * 100).toFixed(1)}%`);
      this.panels[i].strip.show(side.playback.held);
      this.panels[i].reps.show(side.reps, pace, week);
    });
    this.lines.show(
      sides.map((side) => side.share),
      this.before?.sides.map((side) => side.share) ?? null,
      week,
    );
    say(byId("verdict"), this.words(week));
  }

  /** What to say of a week: the engine's verdict when the year is over. */
  words(week) {
    const { sides, verdict } = this.picture;
    if (week >= this.setup.scenario.weeks) return verdict.words;
    return runningWords(
      sides.map((side) => side.share),
      sides.map((side) => side.label),
      week,
    );
  }

  /** Describe the fields to those who hear the page; called when it rests, not in every week. */
  describe() {
    if (!this.picture) return "";
    const { sides } = this.picture;
    const told = sides.map((side) => fieldWords(side.label, side, this.shownWeek));
    told.forEach((text, i) => this.panels[i].canvas.setAttribute("aria-label", text));
    const shares = sides
      .map((side) => `${side.label} ${(side.share[this.shownWeek] * 100).toFixed(1)}%`)
      .join(", ");
    byId("lines").setAttribute("aria-label", `Our share of the market in week ${this.shownWeek}: ${shares}`);
    return `Week ${this.shownWeek}. ${this.words(this.shownWeek)}${this.partedWords()}`;
  }
}
