// What the page asks the engine for, when there is a server. A replay file answers the same questions:
// replay.js.

/** The server answered with an error, in words for people. */
export class Refused extends Error {}

const PATIENCE = 30_000;

async function asked(path, body, abort) {
  const limit = AbortSignal.timeout(PATIENCE);
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

export const live = {
  live: true,
  manyYears: 200,
  async setup() {
    return (await asked("/api/setup")).json();
  },
  async year(state) {
    return (await asked("/api/year", state)).json();
  },
  /** Run many years; `onLine` is called with each line of progress. */
  async many(state, n, onLine, abort) {
    const answer = await asked("/api/years", { state, n }, abort);
    for await (const line of linesOf(answer)) onLine(JSON.parse(line));
  },
  async scenarioFile(state) {
    return (await asked("/api/scenario", state)).text();
  },
  async lesson(name) {
    return (await asked(`/api/lessons/${encodeURIComponent(name)}`)).json();
  },
};
