// The workshop: settings on one side, the clock on the other, the stage between them, and the room that bets.

import { PageHistory, problemsTold } from "./address.js";
import { Bets } from "./bets.js";
import { showBoard } from "./board.js";
import { Clock } from "./clock.js";
import { byId, make, say } from "./dom.js";
import { keepInTab, keptInTab } from "./kept.js";
import { sideLabels } from "./labels.js";
import { LessonBar, chooseLesson } from "./lessons.js";
import { manyYears } from "./many.js";
import { newestFirst } from "./newest.js";
import { answered, fault, notice, waiting } from "./notice.js";
import { pictureOf } from "./picture.js";
import { Stage } from "./stage.js";
import { SIDES, fingerprint, withYear } from "./state.js";
import { tuneShared, tuneSide } from "./tune.js";
import { askRoom } from "./vote.js";

const ASK_AGAIN = 12; // week in which the room may change its bets
const LONG = 18; // letters of a name that fit into a line in large type
// Browsers refuse to have their address written at every move, and nobody wants every week read out.
const REST_MS = 300;
const PATIENT_MS = 4_000; // after which it is said that a year takes its time

export class Workshop {
  constructor(source, setup) {
    this.source = source;
    this.setup = setup;
    this.weeks = setup.scenario.weeks;
    this.span = setup.scenario.span; // what one is called: a year, or a run of other than 52 weeks
    this.question = `Which side has more of the market when the ${this.span} ends?`;
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
    this.target = null; // where the page is going, while a lesson is fetched
    this.asking = false; // whether the room is being asked for its bets
    this.lesson = new LessonBar(
      (step) => this.setStep(step),
      () => this.turned(),
      source.live,
    );
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
   * One change, not a movement: the setting before becomes the ghost, if it was of the same year and adopters.
   */
  change(state, { rewind = false, unseen = false } = {}) {
    const comparable =
      this.picture && this.state.year === state.year && this.state.adopters === state.adopters && !unseen;
    this.before = comparable ? this.picture : null;
    this.moving = false;
    this.departed = false;
    this.set(state);
    this.showControls();
    if (rewind) this.seek(0);
  }

  set(state) {
    this.store.state = state;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => waiting(`The engine is still working on this ${this.span}.`), PATIENT_MS);
    this.showNames();
    this.ask(state);
  }

  answered(year, state) {
    clearTimeout(this.waiting);
    answered();
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
      this.history?.write();
      this.keep();
      if (!this.clock.playing) this.speak();
    }, REST_MS);
  }

  refused(problem) {
    clearTimeout(this.waiting);
    if (this.picture) {
      // What the stage shows stays true: the sliders go back to it.
      waiting(problem.message, true);
      this.store.state = this.picture.state;
      this.showControls();
    } else if (fingerprint(this.state) === fingerprint(this.setup.state)) {
      waiting(problem.message, true);
    } else {
      // An address can ask for what no engine will do; an empty stage is no answer to that.
      fault(new Error(`${problem.message} The stage has the scenario's own settings instead.`));
      this.change(this.setup.state, { unseen: true });
    }
  }

  // ---- the address, and what this tab remembers

  /** Where the page stands, or where it is going: what the address says. */
  get place() {
    if (this.target) return this.target;
    return { lesson: this.lesson.lesson?.name ?? null, step: this.lesson.number, state: this.state };
  }

  /** Begin to write the address, and to follow it. */
  follow() {
    this.history = new PageHistory(
      this.setup,
      this.source.live,
      () => this.place,
      (found) => this.go(found),
      () => notice("Once more Back leaves the workshop. Whoever comes back finds it as it is."),
    );
    window.addEventListener("pagehide", () => this.keep());
  }

  /** A page of the lesson was turned: Back comes back to it. */
  turned() {
    clearTimeout(this.settling);
    this.history?.turn();
    this.keep();
  }

  /** Set what an address says. */
  async go({ lesson, step, state, settled, problems }, restore = null) {
    if (problems.length) fault(new Error(problemsTold(problems)));
    const target = { lesson, step, state };
    this.target = target;
    await this.closeDialog();
    const script = lesson && (await this.lessonNamed(lesson));
    if (this.target !== target) return; // Back was pressed again meanwhile
    this.target = null;
    const here = restore && fingerprint(restore.state) === fingerprint(state);
    const again = here && restore.lesson === lesson && restore.step === step;
    this.change(state, { unseen: true });
    if (script) this.lesson.begin(script, step, settled || again);
    else if (this.lesson.lesson) this.lesson.begin(null);
    if (again) this.restore(restore);
    else if (!script) this.seek(0);
    else if (settled) this.act(this.lesson.step, true, this.bets);
  }

  async lessonNamed(name) {
    try {
      return await this.source.lesson(name);
    } catch (problem) {
      fault(problem);
      return null;
    }
  }

  /** Close what lies over the stage; whoever waits for it is told before anything else happens. */
  closeDialog() {
    const open = document.querySelector("dialog[open]");
    if (!open) return null;
    return new Promise((done) => {
      open.addEventListener("close", done, { once: true });
      open.close();
    });
  }

  /** Remember, in this tab, what the address doesn't say. */
  keep() {
    if (!this.picture) return;
    const { place, bets, many, asking } = this;
    keepInTab({
      scenario: this.setup.scenario.name,
      ...place,
      week: Math.floor(this.clock.at(performance.now())),
      speed: this.clock.speed,
      hidden: byId("stage").classList.contains("hidden"),
      bets: bets?.kept() ?? null,
      asking,
      many,
    });
  }

  /** Go on where this tab stood. */
  restore({ week, hidden, asking }) {
    if (hidden) this.hide();
    this.seek(week);
    if (asking && this.bets) this.takeBets();
  }

  /** What of this tab is worth having on whatever settings: bets say what they are about. */
  recall() {
    const kept = keptInTab();
    if (kept?.scenario !== this.setup.scenario.name) return null;
    this.bets = kept.bets ? Bets.from(kept.bets) : null;
    this.many = kept.many;
    this.clock.speed = kept.speed;
    byId("speed").value = String(kept.speed);
    return kept;
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
    this.takeBets();
  }

  get over() {
    return !this.clock.playing && this.clock.from >= this.weeks;
  }

  // ---- the room

  /** Bets are about these settings and this year's random events; on others nobody has bet. */
  betFor() {
    return fingerprint(this.state);
  }

  /** Take bets; `before`: those that stand already, if they are about the same. */
  vote(step = null, before = null) {
    this.seek(0);
    this.many = null;
    if (before && before.of === this.betFor() && before.question === (step?.question || this.question)) {
      before.rounds.splice(1);
      this.takeBets();
      return;
    }
    const choices = step?.choices?.length
      ? step.choices.map((choice) => (typeof choice === "string" ? { label: choice } : choice))
      : SIDES.map((side, i) => ({ side, label: sideLabels(this.setup, this.state)[i] }));
    this.bets = new Bets(step?.question || this.question, choices, step?.answer ?? null);
    this.bets.of = this.betFor();
    this.takeBets();
  }

  /** Ask the room, for the first time or once more; then play on. */
  async takeBets() {
    const { bets } = this;
    const { week } = bets.now;
    const first = bets.rounds.length === 1;
    const begin = this.lesson.step?.kind === "again" ? "Bet again" : "Place your bets";
    this.asking = true;
    this.showBoard();
    const goOn = await askRoom(bets, first ? begin : `Week ${week}: change your bet?`, () => this.keep());
    this.asking = false;
    if (first && bets.hands === 0) this.bets = null;
    this.showBoard();
    this.keep();
    if (!goOn) return;
    if (!first) return this.play();
    if (this.lesson.lesson && this.lesson.lesson.steps[this.lesson.number + 1]?.kind === "reveal")
      this.lesson.go(1);
    else this.play(this.nextPause());
  }

  runMany() {
    const { state } = this;
    const told = { labels: sideLabels(this.setup, state), span: this.span };
    manyYears(this.source, state, this.source.manyYears, told, (line) => {
      this.many = { of: fingerprint(withYear(state, 0)), line };
      this.showBoard();
      this.keep();
    });
  }

  another() {
    const { year } = this.state;
    const years = this.source.yearsOf?.(this.state);
    const next = years ? years[(years.indexOf(year) + 1) % years.length] : (year + 1) % this.setup.years;
    this.change(withYear(this.state, next), { rewind: true });
    notice(`${this.span === "year" ? "Year" : "Run"} ${next + 1}: the same market and settings, other random events.`);
  }

  hide() {
    const hidden = byId("stage").classList.toggle("hidden");
    byId("curtain").hidden = !hidden;
    byId("hide").setAttribute("aria-pressed", String(hidden));
    say(byId("hide"), hidden ? "Reveal" : "Hide");
    this.speak();
  }

  whatIf() {
    const open = byId("stage").classList.toggle("tuning");
    for (const part of document.querySelectorAll(".happened")) part.hidden = open;
    for (const part of document.querySelectorAll(".tune")) part.hidden = !open;
    byId("what-if").setAttribute("aria-pressed", String(open));
    this.showControls();
  }

  async copyLink() {
    this.history.write();
    try {
      await navigator.clipboard.writeText(location.href);
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
    const script = await this.lessonNamed(name);
    if (!script) return;
    this.lesson.begin(script);
    this.turned();
  }

  setStep(step) {
    const changed = step.state && fingerprint(step.state) !== fingerprint(this.state);
    if (changed) this.change(step.state, { unseen: true });
    this.act(step, changed);
  }

  /** Do what a step is for. */
  act(step, changed = true, bets = null) {
    if (changed || step.kind === "tell" || step.kind === "bet" || step.kind === "again") this.seek(0);
    if (step.kind === "bet" || step.kind === "again") this.vote(step, bets);
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
      span: this.span,
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
        : `Same ${buyers.toLocaleString("en")} buyers, same ${this.span}, two strategies`,
    );
    say(
      byId("question"),
      this.source.live
        ? this.setup.scenario.question
        : `A replay of finished ${this.span}s. ${this.setup.scenario.question}`,
    );
  }

  /** Let every control say what is set; whoever stood at one stands there still. */
  showControls() {
    const { id } = document.activeElement;
    this.fillControls();
    if (id && document.activeElement.id !== id) document.getElementById(id)?.focus();
  }

  showNames() {
    sideLabels(this.setup, this.state).forEach((label, i) => {
      const name = document.querySelector(`.side.${SIDES[i]} .strategy b`);
      say(name, label);
      name.classList.toggle("long", label.length > LONG);
    });
  }

  fillControls() {
    for (const side of SIDES) {
      const box = document.querySelector(`.side.${side}`);
      box.querySelector(".strategy select").value = this.state[side].strategy;
      if (byId("stage").classList.contains("tuning"))
        tuneSide(box.querySelector(".tune"), this.setup, side, this.store);
    }
    if (byId("stage").classList.contains("tuning")) tuneShared(byId("tune-shared"), this.setup, this.store);
    byId("equal").setAttribute("aria-pressed", String(this.state.equal));
  }
}
