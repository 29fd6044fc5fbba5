// One table of keys: what is pressed, and what the help says, can't differ.

import { byId, make } from "./dom.js";
import { legend } from "./legend.js";

/**
 * Listen to keys.
 *
 * @param {Array<{keys: string[], words: string, shown?: string, act: () => void}>} table   keys as in
 *     KeyboardEvent.key
 */
export function listen(table) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") || isTaken(event)) return;
    const found = table.find(({ keys }) =>
      keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key),
    );
    if (!found) return;
    event.preventDefault();
    found.act();
  });
}

/** Whether the element in focus has a use of its own for a key. */
function isTaken({ key, target }) {
  const { tagName, type } = target;
  if (tagName === "SELECT") return true;
  if (tagName === "INPUT" && type === "range")
    return key.startsWith("Arrow") || ["Home", "End", "PageUp", "PageDown"].includes(key);
  return ["BUTTON", "A", "SUMMARY"].includes(tagName) && (key === " " || key === "Enter");
}

/**
 * Let go of what a pointer has touched, so that the next key speaks to the page: after a click on "What if…" space
 * plays. Whoever goes by keyboard stays where they are.
 */
export function letGoAfterPointer() {
  for (const kind of ["click", "change"])
    document.addEventListener(kind, ({ target }) => {
      const touched = target.closest("button, select, input");
      if (touched && !touched.closest("dialog") && !touched.matches(":focus-visible")) touched.blur();
    });
}

export function showKeys(table) {
  const dialog = byId("help-dialog");
  const rows = table.flatMap(({ shown, keys, words }) => [
    make("dt", {}, make("kbd", { textContent: shown ?? keys[0].toUpperCase() })),
    make("dd", { textContent: words }),
  ]);
  const close = make("button", {
    type: "button",
    className: "strong",
    textContent: "Close",
    onclick: () => dialog.close(),
  });
  dialog.replaceChildren(
    make("h2", { id: "help-title", textContent: "Keys" }),
    make("dl", { className: "keys" }, ...rows),
    legend(),
    make("div", { className: "buttons" }, close),
  );
  dialog.showModal();
  close.focus();
}
