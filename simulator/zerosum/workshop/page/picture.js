// A year's answer, made ready to be shown: two sides in two fields, or two teams in one.

import { sideLabels } from "./labels.js";
import { Playback } from "./playback.js";

/**
 * @param {Object} setup
 * @param {Object} year      answer of /api/year
 * @returns {Object}  {one: bool, week count, sides: [{name, label, share, reps, playback, lookOf}, …],
 *     pace, verdict, …}
 */
export function pictureOf(setup, year) {
  const one = year.state.adopters === "head-to-head";
  const labels = sideLabels(setup, year.state);
  const sides = one
    ? teams(setup, year, labels)
    : year.sides.map((side, i) => adopters(setup, side, i, labels[i]));
  return { ...year, one, sides, fields: one ? [sides[0]] : sides };
}

function adopters(setup, side, i, label) {
  const isOurs = (owner) => owner >= 0 && setup.vendors[owner].ours;
  const ours = i === 0 ? "left" : "right";
  return {
    ...side,
    label,
    playback: new Playback(side.start, side.changes, isOurs, setup.causes.length),
    lookOf: (owner) => (isOurs(owner) ? ours : rivalLook(setup, owner)),
  };
}

function rivalLook(setup, owner) {
  if (owner < 0) return "nobody";
  const rivals = setup.vendors.map((vendor, i) => ({ ...vendor, i })).filter((vendor) => !vendor.ours);
  return `rival${rivals.findIndex((vendor) => vendor.i === owner) % 3}`;
}

/** One market in which two teams of our vendor sell: one playback, of which each team has its own count. */
function teams(setup, year, labels) {
  const [market] = year.sides;
  const vendor = setup.vendors.findIndex((one) => one.ours);
  const lookOf = (owner) => {
    if (owner === market.teams[0].owner) return "left";
    if (owner === market.teams[1].owner) return "right";
    return owner === vendor ? "bench" : rivalLook(setup, owner);
  };
  return market.teams.map((team, i) => ({
    ...team,
    label: labels[i],
    playback: new Playback(market.start, market.changes, (owner) => owner === team.owner, setup.causes.length),
    lookOf,
  }));
}
