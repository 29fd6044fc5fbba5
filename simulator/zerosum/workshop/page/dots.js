// The field: every buyer a dot in the colour and shape of its incumbent, and for 0.7 s a sign for why it
// changed hands.
//
// Dots lie on a canvas of their own that is touched only where a buyer changes hands; a frame copies it and
// draws the few signs that are alive. So a frame costs the same for 500 buyers and for 5,000.

import { glyphPath } from "./glyphs.js";

const SIGN_MS = 700;
const SQUEEZE = 0.84; // of a cell that a dot of ours fills
const RING = "#1a1a1a";

/** How incumbents look. Ours are dark and differ in shape; rivals are pale; whom nobody serves is a speck. */
export const LOOKS = {
  left: { fill: "#0062a0", shape: "disc", size: SQUEEZE },
  right: { fill: "#b34700", shape: "square", size: SQUEEZE },
  bench: { fill: "#6b7075", shape: "diamond", size: SQUEEZE },
  rival0: { fill: "#ccd3da", shape: "disc", size: 0.68 },
  rival1: { fill: "#ddd8c8", shape: "square", size: 0.6 },
  rival2: { fill: "#dccfdb", shape: "diamond", size: 0.68 },
  nobody: { fill: "#d8dbde", shape: "disc", size: 0.22 },
};

export class Field {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number[]} order               place of each buyer in the grid, row by row
   * @param {(owner: number) => string} lookOf   key of LOOKS for an owner
   */
  constructor(canvas, order, lookOf) {
    this.canvas = canvas;
    this.order = order;
    this.lookOf = lookOf;
    this.cells = Math.max(...order) + 1;
    this.dots = document.createElement("canvas");
    this.signs = [];
    this.stale = true;
    this.paths = new Map();
  }

  /**
   * Fit the grid into the canvas as it is now; the dots must be painted anew. Returns false where there is
   * no room.
   */
  fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return false;
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [this.canvas, this.dots]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    // Only another width deals the dots out anew: a buyer stays where it is when sliders open below.
    if (width !== this.width) this.columns = bestColumns(this.cells, width, height);
    this.width = width;
    const rows = Math.ceil(this.cells / this.columns);
    this.cell = Math.min(this.canvas.width / this.columns, this.canvas.height / rows);
    this.left = (this.canvas.width - this.cell * this.columns) / 2;
    this.top = (this.canvas.height - this.cell * rows) / 2;
    const type = parseFloat(getComputedStyle(document.documentElement).fontSize) * ratio;
    this.signSize = Math.max(1.1 * this.cell, type);
    this.stamps = new Map(
      Object.entries(LOOKS).map(([name, look]) => [
        name,
        [stamp(look, this.cell, false), stamp(look, this.cell, true)],
      ]),
    );
    this.signs = [];
    this.stale = true;
    return true;
  }

  /** Paint all dots; `isRinged` tells which stand out. */
  paintAll(incumbents, isRinged) {
    if (!this.stamps) return;
    this.dots.getContext("2d").clearRect(0, 0, this.dots.width, this.dots.height);
    for (let buyer = 0; buyer < incumbents.length; buyer++) this.paint(buyer, incumbents[buyer], isRinged(buyer));
    this.signs = [];
  }

  paint(buyer, owner, ringed) {
    if (!this.stamps) return;
    const [x, y] = this.corner(buyer);
    const pen = this.dots.getContext("2d");
    const picture = this.stamps.get(this.lookOf(owner))[Number(ringed)];
    pen.clearRect(x, y, picture.width, picture.height);
    pen.drawImage(picture, x, y);
    this.stale = true;
  }

  corner(buyer) {
    const place = this.order[buyer];
    const x = this.left + (place % this.columns) * this.cell;
    const y = this.top + Math.floor(place / this.columns) * this.cell;
    return [Math.round(x), Math.round(y)];
  }

  /** Let a sign appear at a buyer; `scale` is less than 1 for what matters less. */
  sign(buyer, name, colour, scale, now) {
    if (!this.stamps) return;
    if (!this.paths.has(name)) this.paths.set(name, glyphPath(name));
    this.signs.push({ buyer, path: this.paths.get(name), colour, scale, born: now });
  }

  dropSigns() {
    this.stale ||= this.signs.length > 0;
    this.signs = [];
  }

  /** Draw the frame of this moment; nothing is done where nothing has changed. */
  draw(now) {
    if (!this.stamps || (!this.stale && this.signs.length === 0)) return;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.globalAlpha = 1;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(this.dots, 0, 0);
    this.signs = this.signs.filter((sign) => now - sign.born < SIGN_MS);
    for (const sign of this.signs) this.drawSign(pen, sign, (now - sign.born) / SIGN_MS);
    this.stale = this.signs.length > 0;
  }

  drawSign(pen, sign, age) {
    const [x, y] = this.corner(sign.buyer);
    const size = this.signSize * sign.scale * Math.min(1, 0.5 + age * 4);
    // Near an edge it moves inwards, so that no sign is cut.
    const half = size * 0.75;
    const cx = Math.max(half, Math.min(this.canvas.width - half, x + this.cell / 2));
    const cy = Math.max(half, Math.min(this.canvas.height - half, y + this.cell / 2));
    pen.globalAlpha = age < 0.65 ? 1 : (1 - age) / 0.35;
    pen.fillStyle = "#fff";
    pen.strokeStyle = sign.colour;
    pen.lineWidth = size / 14;
    pen.beginPath();
    pen.arc(cx, cy, size * 0.72, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
    pen.fillStyle = sign.colour;
    pen.setTransform(size / 24, 0, 0, size / 24, cx - size / 2, cy - size / 2);
    pen.fill(sign.path, "evenodd");
    pen.setTransform(1, 0, 0, 1, 0, 0);
  }
}

/** The number of columns with which square cells fill a rectangle best. */
function bestColumns(n, width, height) {
  let best = { columns: 1, cell: 0 };
  for (let columns = 1; columns <= n; columns++) {
    const cell = Math.min(width / columns, height / Math.ceil(n / columns));
    if (cell > best.cell) best = { columns, cell };
  }
  return best.columns;
}

/** A dot, with a ring around it or without, drawn once and copied from then on. */
function stamp(look, cell, ringed) {
  const side = Math.max(1, Math.ceil(cell));
  const made = document.createElement("canvas");
  made.width = side;
  made.height = side;
  const pen = made.getContext("2d");
  const middle = cell / 2;
  const half = (cell * look.size) / 2;
  pen.fillStyle = look.fill;
  pen.beginPath();
  if (look.shape === "disc") pen.arc(middle, middle, half, 0, 2 * Math.PI);
  if (look.shape === "square") pen.rect(middle - half * 0.9, middle - half * 0.9, half * 1.8, half * 1.8);
  if (look.shape === "diamond") {
    pen.moveTo(middle, middle - half);
    pen.lineTo(middle + half, middle);
    pen.lineTo(middle, middle + half);
    pen.lineTo(middle - half, middle);
  }
  pen.fill();
  if (ringed) {
    pen.lineWidth = Math.max(1.2, cell * 0.11);
    pen.strokeStyle = RING;
    pen.beginPath();
    pen.arc(middle, middle, (cell - pen.lineWidth) / 2, 0, 2 * Math.PI);
    pen.stroke();
  }
  return made;
}
