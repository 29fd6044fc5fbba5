// The workshop: settings on one side, the clock on the other, the stage between them, and the room that bets.

import { Bets } from "./bets.js";
import { showBoard } from "./board.js";
import { Clock } from "./clock.js";
import { byId, make, say } from "./dom.js";
import { armLabel } from "./labels.js";
import { LessonBar, chooseLesson } from "./lessons.js";
import { toHash } from "./link.js";
import { manyYears } from "./many.js";
import { newestFirst } from "./newest.js";
import { clearFault, fault, notice } from "./notice.js";
import { pictureOf } from "./picture.js";
import { Stage } from "./stage.js";
import { SIDES, fingerprint, withYear } from "./state.js";
import { tuneShared, tuneSide } from "./tune.js";
import { askRoom } from "./vote.js";

const ASK_AGAIN = 12; // week in which the room may change its bets
const QUESTION = "Which side has more of the market when the year ends?";
const LONG = 18; // letters of a name that fit into a line in large type
// Browsers refuse to have their address written at every move, and nobody wants every week read out.
const REST_MS = 300;

export class Workshop {
  constructor(source, setup) {
    this.source = source;
    this.setup = setup;
    this.weeks = setup.scenario.weeks;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.clock = new Clock(this.weeks, still);
    this.clock.onStop = (week) => this.stopped(week);
    this.stage = new Stage(setup, still);
    this.bets = null;
    this.many = null; // {of: fingerprint, line}
    this.before = null; // the picture from which the hand set out
    this.moving = false;
    this.departed = false; // whether the hand has moved since it took hold
    this.picture = null;
    this.lesson = new LessonBar((step) => this.setStep(step), source.live);
    this.ask = newestFirst(
      (state) => source.year(state),
      (year, state) => this.answered(year, state),
      (problem) => this.refused(problem),
    );
    this.store = {
      begin: () => this.begin(),
      move: (state) => this.move(state),
      rest: () => this.rest(),
      change: (state) => this.change(state),
    };
  }

  // ---- settings

  get state() {
    return this.store.state;
  }

  /** The hand takes hold of a slider: the year as it stands now becomes the ghost. */
  begin() {
    this.departed = false;
  }

  /** The hand moves a slider: the year follows at once. */
  move(state) {
    if (!this.departed) this.before = this.picture;
    this.departed = true;
    this.moving = true;
    this.set(state);
  }

  /** The hand rests. */
  rest() {
    this.moving = false;
    this.adopt();
  }

  /**
   * What the engine has made of the settings is what they are: it may have moved a value to the nearest it
   * allows.
   */
  adopt() {
    if (this.moving || !this.picture || this.pictured !== fingerprint(this.state)) return;
    if (fingerprint(this.picture.state) === this.pictured) return;
    this.store.state = this.picture.state;
    this.pictured = fingerprint(this.state);
    this.showControls();
  }

  /**
   * One change, not a movement: the setting before becomes the ghost, if it was of the same year and world.
   */
  change(state, { rewind = false, unseen = false } = {}) {
    const comparable =
      this.picture && this.state.year === state.year && this.state.world === state.world && !unseen;
    this.before = comparable ? this.picture : null;
    this.moving = false;
    this.departed = false;
    this.set(state);
    this.showControls();
    if (rewind) this.seek(0);
  }

  set(state) {
    this.store.state = state;
    this.ask(state);
  }

  answered(year, state) {
    clearFault();
    this.picture = pictureOf(this.setup, year);
    this.pictured = fingerprint(state);
    this.stage.take(this.picture, this.before, this.clock.at(performance.now()));
    this.showBoard();
    this.showLegend();
    this.adopt();
    byId("stage").dataset.state = this.pictured;
    this.settleSoon();
  }

  /** Once nothing has been moved for a moment: write the address, and tell those who hear the page. */
  settleSoon() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.source.live) history.replaceState(null, "", toHash(this.state));
      if (!this.clock.playing) this.speak();
    }, REST_MS);
  }

  refused(problem) {
    fault(problem);
    // What the stage shows stays true: the sliders go back to it.
    if (this.picture) {
      this.store.state = this.picture.state;
      this.showControls();
    }
  }

  // ---- the year

  play(stopAt) {
    if (!this.picture) return;
    this.clock.play(performance.now(), stopAt);
    this.showPlaying();
  }

  toggle() {
    if (!this.clock.playing) return this.play(this.nextPause());
    this.clock.pause(performance.now());
    this.showPlaying();
    this.settleSoon();
  }

  seek(week) {
    this.clock.rest(week);
    this.showPlaying();
    this.showBoard();
    this.settleSoon();
  }

  stepBy(direction) {
    this.clock.step(performance.now(), direction);
    this.showPlaying();
    this.showBoard();
    this.settleSoon();
  }

  /** The week in which the room is asked again, while its bets stand and it was asked once. */
  nextPause() {
    const { bets } = this;
    const asked = this.lesson.step?.pause ?? Math.min(ASK_AGAIN, Math.floor(this.weeks / 3));
    if (this.lesson.step?.pause && !bets) return asked;
    return bets && bets.hands > 0 && bets.rounds.length === 1 && bets.of === this.betFor()
      ? asked
      : this.weeks;
  }

  async stopped(week) {
    this.showPlaying();
    this.showBoard();
    this.speak();
    if (week >= this.weeks || !this.bets) return;
    this.bets.again(week);
    const goOn = await askRoom(this.bets, `Week ${week}: change your bet?`);
    this.showBoard();
    if (goOn) this.play();
  }

  get over() {
    return !this.clock.playing && this.clock.from >= this.weeks;
  }

  // ---- the room

  /** Bets are about these settings and this year's luck; on others nobody has bet. */
  betFor() {
    return fingerprint(this.state);
  }

  async vote(step = null) {
    this.seek(0);
    this.many = null;
    const choices = step?.choices?.length
      ? step.choices.map((choice) => (typeof choice === "string" ? { label: choice } : choice))
      : SIDES.map((side) => ({ side, label: armLabel(this.setup, this.state[side].arm) }));
    this.bets = new Bets(step?.question || QUESTION, choices, step?.answer ?? null);
    this.bets.of = this.betFor();
    const goOn = await askRoom(this.bets, step?.kind === "again" ? "Bet again" : "Place your bets");
    if (this.bets.hands === 0) this.bets = null;
    this.showBoard();
    if (!goOn) return;
    if (this.lesson.lesson && this.lesson.lesson.steps[this.lesson.number + 1]?.kind === "reveal")
      this.lesson.go(1);
    else this.play(this.nextPause());
  }

  async runMany() {
    const { state } = this;
    const labels = SIDES.map((side) => armLabel(this.setup, state[side].arm));
    const line = await manyYears(this.source, state, this.source.manyYears, labels);
    if (line) this.many = { of: fingerprint(withYear(state, 0)), line };
    this.showBoard();
  }

  another() {
    const { year } = this.state;
    const years = this.source.yearsOf?.(this.state);
    const next = years ? years[(years.indexOf(year) + 1) % years.length] : year + 1;
    this.change(withYear(this.state, next), { rewind: true });
    notice(`Year ${next + 1}: the same market and settings, other luck.`);
  }

  hide() {
    const hidden = byId("stage").classList.toggle("hidden");
    byId("curtain").hidden = !hidden;
    byId("hide").setAttribute("aria-pressed", String(hidden));
    say(byId("hide"), hidden ? "Reveal" : "Hide");
  }

  whatIf() {
    const open = byId("stage").classList.toggle("tuning");
    for (const part of document.querySelectorAll(".happened")) part.hidden = open;
    for (const part of document.querySelectorAll(".tune")) part.hidden = !open;
    byId("what-if").setAttribute("aria-pressed", String(open));
    this.showControls();
  }

  async copyLink() {
    const address = location.href.split("#")[0] + toHash(this.state);
    history.replaceState(null, "", toHash(this.state));
    try {
      await navigator.clipboard.writeText(address);
      notice("The link is copied. It holds all settings.");
    } catch {
      notice("The link stands in the address bar; this browser lets nobody copy it.");
    }
  }

  async save() {
    try {
      const text = await this.source.scenarioFile(this.state);
      const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      make("a", { href: address, download: "room.toml" }).click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
      notice("Saved as room.toml. “zerosum compare room.toml” runs it on the command line.");
    } catch (problem) {
      fault(problem);
    }
  }

  // ---- lessons

  async openLessons() {
    const name = await chooseLesson(this.setup.lessons ?? [], this.source.live);
    if (name) await this.beginLesson(name);
  }

  async beginLesson(name) {
    try {
      this.lesson.begin(await this.source.lesson(name));
    } catch (problem) {
      fault(problem);
    }
  }

  setStep(step) {
    const changed = step.state && fingerprint(step.state) !== fingerprint(this.state);
    if (changed) this.change(step.state, { unseen: true });
    if (changed || step.kind === "tell" || step.kind === "bet" || step.kind === "again") this.seek(0);
    if (step.kind === "bet" || step.kind === "again") this.vote(step);
    if (step.kind === "reveal") this.play(this.nextPause());
  }

  // ---- what the page says

  speak() {
    this.stage.frame(this.clock.at(performance.now()), performance.now());
    say(byId("said"), byId("stage").classList.contains("hidden") ? "" : this.stage.describe());
  }

  showPlaying() {
    say(byId("play"), this.clock.playing ? "Pause" : "Play");
  }

  showBoard() {
    const { over, picture, bets } = this;
    const here = bets && bets.of === this.betFor();
    const sides = { left: 0, right: 1 };
    // What isn't about the sides can't be read off the year.
    const ahead = bets?.choices[0].side ? sides[picture?.verdict.leader] : undefined;
    const right = bets?.answer ?? ahead ?? null;
    const many = this.many?.of === fingerprint(withYear(this.state, 0)) ? this.many.line : null;
    showBoard({
      bets,
      here,
      right: over && here ? right : null,
      certainty: over && picture ? picture.verdict.certainty : "",
      many,
    });
  }

  showLegend() {
    const { buyers } = this.setup.scenario;
    const one = this.picture.one;
    say(
      byId("title"),
      one
        ? `One market of ${buyers.toLocaleString("en")} buyers, two teams of ours`
        : `Same ${buyers.toLocaleString("en")} buyers, same year, two strategies`,
    );
    say(
      byId("question"),
      this.source.live
        ? this.setup.scenario.question
        : `A replay of finished years. ${this.setup.scenario.question}`,
    );
  }

  /** Let every control say what is set; whoever stood at one stands there still. */
  showControls() {
    const { id } = document.activeElement;
    this.fillControls();
    if (id && document.activeElement.id !== id) document.getElementById(id)?.focus();
  }

  fillControls() {
    for (const side of SIDES) {
      const box = document.querySelector(`.side.${side}`);
      box.querySelector(".arm select").value = this.state[side].arm;
      const label = armLabel(this.setup, this.state[side].arm);
      say(box.querySelector(".arm b"), label);
      box.querySelector(".arm b").classList.toggle("long", label.length > LONG);
      if (byId("stage").classList.contains("tuning"))
        tuneSide(box.querySelector(".tune"), this.setup, side, this.store);
    }
    if (byId("stage").classList.contains("tuning")) tuneShared(byId("tune-shared"), this.setup, this.store);
    byId("equal").setAttribute("aria-pressed", String(this.state.equal));
  }
}
