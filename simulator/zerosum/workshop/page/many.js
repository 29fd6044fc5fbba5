// The same question to 200 different years: one year may be chance, two hundred show how often.

import { byId, make, say } from "./dom.js";
import { Late } from "./live.js";

/**
 * Run many years and show how they come in. What has come is told, also if the rest does not come, and the rest can
 * be asked for.
 *
 * @param {Object} source   live or replay
 * @param {Object} state
 * @param {number} n
 * @param {string[]} told.labels of A and B
 * @param {string} told.span     what a year is called
 * @param {(line: Object) => void} onVerdict   called with what the years say that have come
 */
export function manyYears(source, state, n, { labels, span }, onVerdict) {
  const dialog = byId("many-dialog");
  const bar = splitBar(labels);
  const title = make("h2", { id: "many-title", textContent: `${n} different ${span}s` });
  const under = make("p", { className: "over", textContent: "Same settings, other random events each time" });
  const progress = make("progress", { max: n, value: 0, ariaLabel: `${span}s done` });
  const words = make("div", { className: "words", ariaLive: "polite" });
  const buttons = make("div", { className: "buttons" });
  dialog.replaceChildren(under, title, bar.box, progress, words, buttons);
  let last = null;
  let stop = null;

  const button = (textContent, strong, onclick) =>
    make("button", { type: "button", className: strong ? "strong" : "", textContent, onclick });

  function show(line) {
    last = line;
    progress.max = line.n;
    progress.value = line.done;
    say(
      title,
      line.done < line.n ? `${line.done} of ${line.n} different ${span}s` : `${line.n} different ${span}s`,
    );
    bar.show(line.ahead, line.done);
  }

  /** Tell the verdict over what has come; `why` the rest has not. */
  function tell(why) {
    const told = last?.words ? manyWords(last) : [];
    words.replaceChildren(
      ...(why ? [make("p", { className: "problem", textContent: why })] : []),
      ...told.map((text, i) => make("p", { className: i ? "" : "said", textContent: text })),
    );
    progress.hidden = !why;
    const close = button("Close", !why, () => dialog.close());
    const more = why ? [button(last?.done ? "Go on" : "Try again", true, run)] : [];
    buttons.replaceChildren(close, ...more);
    (more[0] ?? close).focus();
    if (told.length) onVerdict(last);
  }

  async function run() {
    stop = new AbortController();
    const { signal } = stop;
    const halt = button("Stop", true, () => stop.abort());
    progress.hidden = false;
    words.replaceChildren();
    buttons.replaceChildren(halt);
    halt.focus();
    try {
      await source.many(state, n, show, signal);
      tell("");
    } catch (problem) {
      tell(missing(last, `${n} ${span}s`, signal.aborted ? null : problem));
    }
  }

  dialog.onkeydown = null;
  dialog.onclick = null;
  // The event comes late: by then the same dialog may be open again with another question.
  dialog.onclose = () => {
    if (!dialog.open) stop?.abort();
  };
  dialog.showModal();
  run();
}

/** "120 of 200 years; the rest did not come in time." Without a problem somebody stopped them. */
function missing(last, all, problem) {
  const come = `${last?.done ?? 0} of ${all}`;
  if (!problem) return `${come}; stopped.`;
  if (problem instanceof Late) return `${come}; the rest did not come in time.`;
  return last?.done ? `${come}; the rest did not come: ${problem.message}` : problem.message;
}

/** What to say of many years, most important first. */
export function manyWords(last) {
  return [last.words, last.certainty, last.null?.words].filter(Boolean);
}

/** A bar of all years, parted into those in which A, nobody, and B ended ahead. */
function splitBar(labels) {
  const parts = ["left", "tied", "right"].map((side) => {
    const part = make("i", { className: side });
    part.style.flexGrow = 0;
    return { side, part };
  });
  const names = { left: make("span"), tied: make("span", { className: "tied" }), right: make("span") };
  const box = make(
    "div",
    { className: "split" },
    make("div", { className: "ends" }, names.left, names.tied, names.right),
    make("div", { className: "track" }, ...parts.map(({ part }) => part)),
  );
  const show = (ahead, done) => {
    for (const { side, part } of parts) part.style.flexGrow = ahead[side];
    say(names.left, `A ${labels[0]}: ${ahead.left}`);
    say(names.right, `B ${labels[1]}: ${ahead.right}`);
    say(names.tied, ahead.tied ? `level: ${ahead.tied}` : done ? "" : "running…");
  };
  show({ left: 0, tied: 0, right: 0 }, 0);
  return { box, show };
}
