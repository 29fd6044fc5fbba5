// The same answers as a server's, read from data that this very file carries. There is no engine: what
// needs one says so.

import { Refused } from "./live.js";
import { fingerprint, withYear } from "./state.js";

/** What the file carries, or null for a page that a server sent. */
export function carried() {
  const data = document.getElementById("replay");
  return data ? JSON.parse(data.textContent) : null;
}

const NO_ENGINE =
  "This file is a replay of what was run before, and has no engine to run more. Start “zerosum play” for that.";

/** The settings of a state, whatever its year. */
function settingsOf(state) {
  return fingerprint(withYear(state, 0));
}

export function replay(data) {
  const years = new Map(data.years.map((year) => [fingerprint(year.state), year]));
  const many = new Map(data.many.map(({ state, line }) => [settingsOf(state), line]));
  const [first] = data.years;
  return {
    live: false,
    /** The years that there are of some settings. */
    yearsOf(state) {
      return data.years
        .filter((year) => settingsOf(year.state) === settingsOf(state))
        .map((year) => year.state.year);
    },
    /** How many years the file's verdict over many years is about; 0 without one. */
    manyYears: data.many[0]?.line.n ?? 0,
    async setup() {
      return { ...data.setup, state: first.state };
    },
    async year(state) {
      const found = years.get(fingerprint(state));
      if (!found) throw new Refused(NO_ENGINE);
      return found;
    },
    async many(state, n, onLine) {
      const line = many.get(settingsOf(state));
      if (!line) throw new Refused(NO_ENGINE);
      onLine(line);
    },
    async scenarioFile() {
      throw new Refused(NO_ENGINE);
    },
    async lesson(name) {
      if (!data.lessons[name]) throw new Refused(`This replay has no lesson “${name}”.`);
      return data.lessons[name];
    },
  };
}
