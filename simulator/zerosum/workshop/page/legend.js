// What dots and signs mean that no strip explains.

import { make } from "./dom.js";
import { glyphIcon } from "./glyphs.js";

export function legend() {
  const sign = (name, text) => make("span", {}, glyphIcon(name), ` ${text}`);
  return make(
    "p",
    { className: "legend" },
    make("span", { textContent: "Dark: ours. Pale: rivals’. Ringed: ours on one side only." }),
    sign("lost", "lost"),
    sign("renewed", "renewed"),
    sign("cannibalised", "upgraded"),
  );
}
