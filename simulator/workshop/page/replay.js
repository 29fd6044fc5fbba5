// The same answers as a server's, read from data that this very file carries. There is no engine: what
// needs one says so.

import { Refused } from "./live.js";
import { fingerprint } from "./state.js";

/** What the file carries, or null for a page that a server sent. */
export function carried() {
  const data = document.getElementById("replay");
  return data ? JSON.parse(data.textContent) : null;
}

const NO_ENGINE =
  "This file is a replay: finished years, and no engine to run others. Start “zerosum play” for that.";

export function replay(data) {
  const years = new Map(data.years.map((year) => [year.state.year, year]));
  return {
    live: false,
    years: [...years.keys()],
    /** How many years the file's verdict over many years is about; 0 without one. */
    manyYears: data.many?.n ?? 0,
    async setup() {
      return { ...data.setup, state: data.years[0].state };
    },
    async year(state) {
      const found = years.get(state.year);
      if (!found || fingerprint(found.state) !== fingerprint(state)) throw new Refused(NO_ENGINE);
      return found;
    },
    async many(state, n, onLine) {
      if (!data.many) throw new Refused(NO_ENGINE);
      onLine(data.many);
    },
    async scenarioFile() {
      throw new Refused(NO_ENGINE);
    },
    async lesson(name) {
      const found = data.lessons?.[name];
      if (!found || fingerprint(found.state) !== fingerprint(state))
        throw new Refused(`This replay has no lesson “${name}”.`);
      return found;
    },
  };
}
