// Shares, week by week, as far as the year has come: A solid, B dashed, the setting before as thin ghosts.

import { LOOKS } from "./dots.js";

const ROOM = 0.05; // around the share at the start, up and down; grows only with what has been seen
const GRID = 0.02;

export class ShareLines {
  constructor(box, weeks) {
    this.box = box;
    this.weeks = weeks;
    this.range = [0, 1];
    this.week = -1;
    this.plot = null;
  }

  /** Make the plot anew, in the box's present size. */
  fit() {
    const { clientWidth: width, clientHeight: height } = this.box;
    this.plot?.destroy();
    this.plot = null;
    if (width && height) this.plot = new window.uPlot(this.options(width, height), this.nothing(), this.box);
  }

  nothing() {
    const weeks = Array.from({ length: this.weeks + 1 }, (_, week) => week);
    return [weeks, ...[1, 2, 3, 4].map(() => weeks.map(() => null))];
  }

  options(width, height) {
    const type = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const font = `${type}px ${getComputedStyle(document.body).fontFamily}`;
    const line = (look, thin) => ({
      stroke: thin ? `${look.fill}88` : look.fill,
      width: thin ? type / 12 : type / 5,
      dash: look === LOOKS.right ? [type * 0.5, type * 0.3] : undefined,
      points: { show: false },
    });
    const axis = {
      font,
      space: type * 2.6,
      stroke: "#4a4f55",
      ticks: { show: false },
      grid: { stroke: "#e3e7ea", width: 1 },
    };
    // By quarters up to a year; over more years so that there is room for every number.
    const quarter = 13 * Math.ceil(this.weeks / 78);
    const apart = this.weeks >= 26 ? quarter : Math.max(1, Math.ceil(this.weeks / 4));
    const splits = Array.from({ length: Math.floor(this.weeks / apart) + 1 }, (_, i) => i * apart);
    return {
      width,
      height,
      padding: [type * 0.5, type * 1.6, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      scales: { x: { time: false, range: [0, this.weeks] }, y: { range: () => this.range } },
      axes: [
        {
          ...axis,
          size: type * 1.6,
          gap: type * 0.3,
          splits: () => splits,
          values: (_, all) => all.map((w) => (w ? `${w}` : "week 0")),
        },
        {
          ...axis,
          size: type * 3,
          incrs: [0.01, 0.02, 0.05, 0.1, 0.2],
          gap: type * 0.3,
          values: (_, all) => all.map((share) => `${Math.round(share * 100)}%`),
        },
      ],
      series: [
        {},
        line(LOOKS.left, true),
        line(LOOKS.right, true),
        line(LOOKS.left, false),
        line(LOOKS.right, false),
      ],
      hooks: { draw: [(plot) => this.nameEnds(plot, type)] },
    };
  }

  /** Write A and B where the lines end, so that no colour need be told from another. */
  nameEnds(plot, type) {
    if (this.week < 0) return;
    const ratio = plot.ctx.canvas.width / plot.width;
    const pen = plot.ctx;
    const x = plot.valToPos(this.week, "x", true) + type * 0.35 * ratio;
    const ends = [
      [3, "A", LOOKS.left],
      [4, "B", LOOKS.right],
    ].map(([row, letter, look]) => {
      return { letter, look, y: plot.valToPos(plot.data[row][this.week], "y", true) };
    });
    const [a, b] = ends;
    const apart = type * ratio * 1.05;
    const missing = apart - Math.abs(a.y - b.y);
    if (missing > 0) {
      const sign = a.y <= b.y ? -1 : 1;
      a.y += (sign * missing) / 2;
      b.y -= (sign * missing) / 2;
    }
    pen.save();
    pen.font = `bold ${type * 1.05 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    pen.textBaseline = "middle";
    pen.textAlign = "left";
    for (const { letter, look, y } of ends) {
      pen.lineWidth = type * 0.25 * ratio;
      pen.strokeStyle = "#fff";
      pen.strokeText(letter, x, y);
      pen.fillStyle = look.fill;
      pen.fillText(letter, x, y);
    }
    pen.restore();
  }

  /**
   * Show two sides up to a week. What lies ahead is not handed to the plot, and does not move its range.
   *
   * @param {number[][]} shares        of A and B
   * @param {number[][]|null} before   of the setting before
   * @param {number} week              last week shown
   */
  show(shares, before, week) {
    if (!this.plot) return;
    this.week = week;
    const seen = (series) =>
      series ? series.map((share, w) => (w <= week ? share : null)) : new Array(this.weeks + 1).fill(null);
    const rows = [...(before ?? [null, null]), ...shares].map(seen);
    this.range = rangeOf(shares, rows);
    this.plot.setData([this.plot.data[0], ...rows]);
  }
}

function rangeOf(shares, rows) {
  const starts = shares.map((series) => series[0]);
  let low = Math.min(...starts) - ROOM;
  let high = Math.max(...starts) + ROOM;
  for (const row of rows)
    for (const share of row)
      if (share !== null) {
        low = Math.min(low, share - GRID / 2);
        high = Math.max(high, share + GRID / 2);
      }
  return [Math.max(0, Math.floor(low / GRID) * GRID), Math.min(1, Math.ceil(high / GRID) * GRID)];
}
