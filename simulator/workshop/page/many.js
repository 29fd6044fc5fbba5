// The same question to 200 different years: one year may be luck, two hundred show how often.

import { byId, make, say } from "./dom.js";

/**
 * Run many years and show how they come in; closing the dialog stops them.
 *
 * @param {Object} source   live or replay
 * @param {Object} state
 * @param {number} n
 * @param {string[]} labels of A and B
 * @returns {Promise<Object|null>}  the last line of the answer; null when it was stopped
 */
export async function manyYears(source, state, n, labels) {
  const dialog = byId("many-dialog");
  const stop = new AbortController();
  const bar = splitBar(labels);
  const title = make("h2", { id: "many-title", textContent: `${n} different years` });
  const under = make("p", { className: "over", textContent: "Same settings, other luck each time" });
  const progress = make("progress", { max: n, value: 0, ariaLabel: "Years done" });
  const words = make("div", { className: "words", ariaLive: "polite" });
  const close = make("button", {
    type: "button",
    className: "strong",
    textContent: "Stop",
    onclick: () => dialog.close(),
  });
  dialog.replaceChildren(
    under,
    title,
    bar.box,
    progress,
    words,
    make("div", { className: "buttons" }, close),
  );
  dialog.onkeydown = null;
  dialog.onclick = null;
  dialog.onclose = () => stop.abort();
  dialog.showModal();
  close.focus();
  let last = null;
  try {
    await source.many(
      state,
      n,
      (line) => {
        last = line;
        progress.max = line.n;
        progress.value = line.done;
        say(
          title,
          line.done < line.n ? `${line.done} of ${line.n} different years` : `${line.n} different years`,
        );
        bar.show(line.ahead, line.done);
      },
      stop.signal,
    );
  } catch (problem) {
    if (stop.signal.aborted) return null;
    words.replaceChildren(make("p", { className: "problem", textContent: problem.message }));
    say(close, "Close");
    return null;
  }
  if (stop.signal.aborted || !last) return null;
  progress.hidden = true;
  words.replaceChildren(
    ...manyWords(last).map((text, i) => make("p", { className: i ? "" : "said", textContent: text })),
  );
  say(close, "Close");
  return last;
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
