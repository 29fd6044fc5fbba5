// A sign for each cause, drawn here so that they need no font: paths in a square of 24 by 24, filled by the
// even-odd rule.

const PATHS = {
  contact: "M2 3h20v13H11l-6 6v-6H2z",
  preparation: "M4 1h11l5 5v17H4zM8 9v2h8V9zM8 13v2h8v-2zM8 17v2h8v-2z",
  selling: "M12 1a11 11 0 1 1-.01 0zM10.700 5h2.600v6.300l4.400 2.500-1.300 2.300-5.700-3.300z",
  support: "M8 2h8v6h6v8h-6v6H8v-6H2V8h6z",
  trust: "M12 1l3.200 7.600 8.300.7-6.300 5.400 1.900 8L12 18.400 4.900 22.700l1.900-8L.500 9.300l8.300-.7z",
  skill: "M12 1a5.500 5.500 0 1 1-.01 0zM1 23c0-7 5-10 11-10s11 3 11 10z",
  price: "M1 12V1h11l11 11-11 11zM6 3.500a2.500 2.500 0 1 0 .01 0z",
  pitch: "M12 1l11 5.500v11L12 23 1 17.500v-11zM12 4.500L6 7.500l6 3 6-3z",
  satisfaction:
    "M12 22C4 16 1 12 1 7.500a5.800 5.800 0 0 1 11-2.500 5.800 5.800 0 0 1 11 2.500C23 12 20 16 12 22z",
  competitors: "M12 1l10 3v8c0 6-4.500 9-10 11C6.500 21 2 18 2 12V4z",
  incumbent: "M14 1l8 6-8 6V9H2V5h12zM10 11v4h12v4H10v4l-8-6z",
  timing: "M4 1h16v4l-5.500 7 5.500 7v4H4v-4l5.500-7L4 5z",
  fatigue: "M21 15.500A10.500 10.500 0 1 1 9 2a8.500 8.500 0 0 0 12 13.500z",
  no_free_capacity: "M12 1a11 11 0 1 1-.01 0zM5 10v4h14v-4z",
  provoked: "M14 0L3 14h7l-2 10L21 9h-8z",
  earlier: "M2 3h4V1h3v2h6V1h3v2h4v20H2zM5 9v11h14V9z",
  word_of_mouth: "M1 2h14v10H8l-4 4v-4H1zM17 8h6v10h-3v4l-4-4H9v-3.500h8z",
  renewed: "M12 4a9 9 0 1 0 9 9h-4a5 5 0 1 1-5-5v4l8-6-8-6z",
  cannibalised: "M1 1h14v14H1zM9 9h14v14H9z",
  lost: "M5 1l7 7 7-7 4 4-7 7 7 7-4 4-7-7-7 7-4-4 7-7-7-7z",
  other: "M12 2a10 10 0 1 1-.01 0zM12 7a5 5 0 1 0 .01 0z",
};

const SVG = "http://www.w3.org/2000/svg";

function pathOf(name) {
  return PATHS[name] ?? PATHS.other;
}

/** A path for a canvas. */
export function glyphPath(name) {
  return new Path2D(pathOf(name));
}

/** An inline picture; it stands beside its name, so it has none of its own. */
export function glyphIcon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", pathOf(name));
  path.setAttribute("fill-rule", "evenodd");
  picture.append(path);
  return picture;
}
