// Where the page stands, in its address and in the browser's history: which lesson, which step, and all settings. What
// is the room's own, its bets and how far it has seen, stays in this tab.
//
//   ?lesson=kickoff&step=3#A=shots&B=usual&…

import { cutShort, fromHash, noSuch, toHash } from "./link.js";

const KNOWN = ["token", "lesson", "step"];
const MOST_TOLD = 3;

/**
 * Read the address.
 *
 * @returns {{lesson: string|null, step: number, state: Object, settled: boolean, problems: [string, string][]}}
 *     step: from 0; settled: whether it says settings; problems: what was wrong, and what would be right
 */
export function readAddress({ search, hash }, setup) {
  const { state, problems: ofState } = fromHash(hash, setup);
  const problems = [];
  const found = {};
  for (const [word, text] of new URLSearchParams(search)) {
    if (!KNOWN.includes(word))
      problems.push([cutShort(`${word}=${text}`), "there is no such word; there are lesson and step"]);
    else if (word in found) problems.push([cutShort(`${word}=${text}`), "it is said twice; the first counts"]);
    else found[word] = text;
  }
  let { lesson = null } = found;
  if (lesson !== null && !setup.lessons.some(({ name }) => name === lesson)) {
    problems.push([cutShort(`lesson=${lesson}`), noSuch("lesson", setup.lessons)]);
    lesson = null;
  }
  let step = 0;
  if (found.step !== undefined) {
    const { steps = 0 } = setup.lessons.find(({ name }) => name === lesson) ?? {};
    const number = /^\d{1,4}$/.test(found.step) ? Number(found.step) : 0;
    if (number >= 1 && number <= steps) step = number - 1;
    else {
      const right = lesson === null ? "a step belongs to a lesson" : `this lesson has steps 1 to ${steps}`;
      problems.push([cutShort(`step=${found.step}`), right]);
    }
  }
  return { lesson, step, state, settled: hash.length > 1, problems: [...problems, ...ofState] };
}

/** Say what was wrong with an address, what is wrong for one reason together: a few of it, and how much more it is. */
export function problemsTold(problems) {
  const byReason = [...groupedBy(problems, ([, wrong]) => wrong)];
  const told = byReason
    .slice(0, MOST_TOLD)
    .map(([wrong, same]) => `${fewOf(same.map(([word]) => word))}: ${wrong}.`);
  const more = byReason.slice(MOST_TOLD).reduce((sum, [, same]) => sum + same.length, 0);
  if (more) told.push(`And ${more.toLocaleString("en")} more.`);
  return `The address says what this page does not have, and is read without it. ${told.join(" ")}`;
}

function groupedBy(things, keyOf) {
  const groups = new Map();
  for (const one of things) {
    const key = keyOf(one);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(one);
  }
  return groups;
}

function fewOf(words) {
  const more = words.length - MOST_TOLD;
  const told = words.slice(0, MOST_TOLD).join(", ");
  return more > 0 ? `${told} and ${more.toLocaleString("en")} more` : told;
}

/** Write the address of a page; the token of a workshop for others stays in it. */
export function writeAddress({ lesson, step, state }, { pathname, search }) {
  const words = new URLSearchParams();
  const token = new URLSearchParams(search).get("token");
  if (token) words.set("token", token);
  if (lesson) {
    words.set("lesson", lesson);
    words.set("step", String(step + 1));
  }
  return `${pathname}${words.size ? `?${words}` : ""}${toHash(state)}`;
}

/**
 * The browser's history: a lesson's step is an entry, so that Back goes to the step before. Before the first one lies
 * an entry that asks before the page is left; browsers take it only from a page that somebody has touched.
 */
export class PageHistory {
  /**
   * @param {boolean} live                     whether it is written: the address of a file is left as it is
   * @param {() => Object} placeNow            lesson, step and state as they are
   * @param {(found: Object) => void} onMove   the address is another one: as readAddress returns it
   * @param {() => void} onEdge                once more back leaves the page
   */
  constructor(setup, live, placeNow, onMove, onEdge) {
    this.live = live;
    this.placeNow = placeNow;
    window.addEventListener("popstate", ({ state }) => {
      if (state?.edge) {
        // Nothing moves: this entry takes on where the page stands.
        this.put("replaceState", { edge: true });
        onEdge();
      } else if (state && location.pathname + location.search + location.hash !== this.address()) {
        onMove(readAddress(location, setup));
      }
    });
    // An entry without a mark of ours was written by hand.
    window.addEventListener("hashchange", () => {
      if (history.state) return;
      history.replaceState({ page: true }, "");
      onMove(readAddress(location, setup));
    });
    if (!history.state) history.replaceState({ edge: true }, "");
    for (const kind of ["pointerup", "keyup"])
      document.addEventListener(kind, () => history.state?.edge && this.put("pushState", { page: true }), true);
  }

  address() {
    return this.live ? writeAddress(this.placeNow(), location) : location.href;
  }

  put(how, mark) {
    history[how](mark, "", this.address());
  }

  /** Write where the page stands. */
  write() {
    this.put("replaceState", history.state ?? {});
  }

  /** The same as a new entry, to which Back comes back. */
  turn() {
    if (this.live) this.put("pushState", { page: true });
  }
}
