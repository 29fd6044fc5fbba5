// Who is ahead, in words. While the year runs the page reads it off what the two shares have gained (two teams
// in one market don't start alike); when it is over, the engine's words stand there: one place decides what may
// be said.

const LEVEL = 0.0005; // less than half a tenth of a point is no lead

export function runningWords(shares, labels, week) {
  if (week === 0)
    return shares[0][0] === shares[1][0]
      ? "Same start, same random events. Who will be ahead?"
      : "One market, two teams. Who will gain more?";
  const [a, b] = shares.map((share) => share[week] - share[0]);
  const points = (a - b) * 100;
  if (Math.abs(points) < LEVEL * 100) return "They are level.";
  const ahead = points > 0 ? labels[0] : labels[1];
  const by = inPoints(Math.abs(points));
  return shares[0][0] === shares[1][0] ? `${ahead} leads by ${by}.` : `${ahead} has gained ${by} more.`;
}

function inPoints(points) {
  const text = points < 9.95 ? points.toFixed(1) : String(Math.round(points));
  return `${text} ${text === "1.0" ? "point" : "points"}`;
}

/** A side's picture in words, for those who do not see the dots. */
export function fieldWords(label, side, week) {
  const { counts, customers, incumbent } = side.playback;
  return (
    `${label}, week ${week}: ${customers} of ${incumbent.length} buyers are ours; ` +
    `${counts.won} won, ${counts.lost} lost and ${counts.renewed} renewed since week 0.`
  );
}
