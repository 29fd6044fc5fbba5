// What the page asks the engine for, when there is a server. A replay file answers the same questions:
// replay.js.

/** The server answered with an error, in words for people. */
export class Refused extends Error {}

/** The server has been silent for too long. */
export class Late extends Refused {}

// An answer of many lines has a line each few seconds, so that silence means that nobody is there. An answer of one
// piece is silent until it is whole, and a large market on a busy laptop takes its time.
const PATIENCE_MS = 30_000;
const PATIENCE_WHOLE_MS = 120_000;

/** A limit that begins anew whenever something has come. */
class Patience {
  constructor(milliseconds) {
    this.milliseconds = milliseconds;
    this.limit = new AbortController();
    this.over = false;
    this.again();
  }

  again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.over = true;
      this.limit.abort();
    }, this.milliseconds);
  }

  end() {
    clearTimeout(this.timer);
  }

  /** What a request that failed is to be called. */
  named(problem) {
    if (this.over) return new Late(`Nothing has come for ${this.milliseconds / 1000} seconds.`);
    return problem instanceof Refused ? problem : new Refused("The connection to the engine is lost.");
  }
}

async function asked(path, body, abort, patience) {
  const { signal: limit } = patience.limit;
  const signal = abort ? AbortSignal.any([abort, limit]) : limit;
  const options =
    body === undefined
      ? { signal }
      : {
          signal,
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
        };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (problem) {
    if (abort?.aborted) throw problem;
    if (patience.over) throw patience.named(problem);
    throw new Refused("The engine does not answer. Is “zerosum play” still running?");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Refused(said.error ?? `The engine answered with ${answer.status} ${answer.statusText}.`);
}

/** The lines of an answer, as they come. */
async function* linesOf(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop();
    yield* lines.filter((line) => line.trim());
  }
  if (rest.trim()) yield rest;
}

/** Ask for an answer of one piece, and take it as `kind`: "json" or "text". */
async function askWhole(kind, path, body) {
  const patience = new Patience(PATIENCE_WHOLE_MS);
  try {
    const answer = await asked(path, body, null, patience);
    return await answer[kind]();
  } catch (problem) {
    throw patience.named(problem);
  } finally {
    patience.end();
  }
}

export const live = {
  live: true,
  manyYears: 200,
  async setup() {
    return askWhole("json", "/api/setup");
  },
  async year(state) {
    return askWhole("json", "/api/year", state);
  },
  /**
   * Run many years; `onLine` is called with each line, which says what the years that have come say. It is a fault if
   * they don't all come.
   */
  async many(state, n, onLine, abort) {
    const patience = new Patience(PATIENCE_MS);
    let line = null;
    try {
      const answer = await asked("/api/years", { state, n }, abort, patience);
      for await (const text of linesOf(answer)) {
        patience.again();
        line = JSON.parse(text);
        if (line.error) throw new Refused(line.error);
        onLine(line);
      }
    } catch (problem) {
      throw abort?.aborted ? problem : patience.named(problem);
    } finally {
      patience.end();
    }
    if (line?.done !== n) throw new Refused("The connection to the engine is lost.");
  },
  async scenarioFile(state) {
    return askWhole("text", "/api/scenario", state);
  },
  async lesson(name) {
    return askWhole("json", `/api/lessons/${encodeURIComponent(name)}`);
  },
};
