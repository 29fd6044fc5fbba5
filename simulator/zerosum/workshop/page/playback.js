// One side's year, played: who holds each buyer at any moment, and for what cause.

/**
 * Spread a week's changes over the week, each buyer always at the same moment of it: a steady patter, not a
 * drum.
 */
function moment(buyer) {
  return (((buyer + 1) * 2654435761) % 4294967296) / 4294967296;
}

export class Playback {
  /**
   * @param {number[]} start      incumbent of each buyer at week 0
   * @param {Array} changes         [week, buyer, from, to, cause, displaced] sorted by week; a change of week w is
   *     over by w; displaced: 1 if a product of ours took the place of another
   * @param {(owner: number) => boolean} isOurs
   * @param {number} nCauses
   */
  constructor(start, changes, isOurs, nCauses) {
    this.start = start;
    this.nCauses = nCauses;
    this.isOurs = isOurs;
    this.events = changes.map(([week, buyer, from, to, cause, displaced]) => ({
      time: week - 1 + moment(buyer),
      buyer,
      from,
      to,
      cause,
      kind: kindOf(from, to, displaced, isOurs),
      before: 0,
      after: 0,
    }));
    this.events.sort((a, b) => a.time - b.time);
    this.remember();
    this.rewind();
  }

  /**
   * Note with each event the tag of its buyer before and after, so that time can run both ways. A tag is 1 +
   * the cause for which a customer was won and is still held, 0 for all others.
   */
  remember() {
    const tags = new Uint8Array(this.start.length);
    for (const event of this.events) {
      event.before = tags[event.buyer];
      if (event.kind === "won") tags[event.buyer] = 1 + (event.cause < 0 ? this.nCauses : event.cause);
      if (event.kind === "lost") tags[event.buyer] = 0;
      event.after = tags[event.buyer];
    }
  }

  rewind() {
    this.incumbent = Int16Array.from(this.start);
    // Customers won since week 0 and still held, by cause; those without a known cause come last.
    this.held = new Int32Array(this.nCauses + 1);
    this.counts = { won: 0, lost: 0, renewed: 0, cannibalised: 0, others: 0 };
    this.customers = 0;
    for (const owner of this.start) if (this.isOurs(owner)) this.customers += 1;
    this.next = 0; // the first event that has not happened
  }

  /**
   * Go to a time, forwards or backwards.
   *
   * @returns {Array} the events that happened or were undone, in that order
   */
  seek(time) {
    const passed = [];
    while (this.next < this.events.length && this.events[this.next].time <= time) {
      const event = this.events[this.next++];
      this.apply(event, event.to, event.before, event.after, 1);
      passed.push(event);
    }
    while (this.next > 0 && this.events[this.next - 1].time > time) {
      const event = this.events[--this.next];
      this.apply(event, event.from, event.after, event.before, -1);
      passed.push(event);
    }
    return passed;
  }

  apply(event, owner, oldTag, newTag, sign) {
    this.incumbent[event.buyer] = owner;
    if (oldTag) this.held[oldTag - 1] -= 1;
    if (newTag) this.held[newTag - 1] += 1;
    this.counts[event.kind] += sign;
    if (event.kind === "won") this.customers += sign;
    if (event.kind === "lost") this.customers -= sign;
  }
}

function kindOf(from, to, displaced, isOurs) {
  if (isOurs(from) && isOurs(to)) return displaced ? "cannibalised" : "renewed";
  if (isOurs(to)) return "won";
  return isOurs(from) ? "lost" : "others";
}
