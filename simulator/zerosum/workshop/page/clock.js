// Where the year stands. The clock knows weeks and nothing of drawing; whoever draws asks it where it is.

export class Clock {
  /**
   * @param {number} weeks       of the year
   * @param {boolean} byWeek     move in whole weeks only (for those who asked for reduced motion)
   */
  constructor(weeks, byWeek) {
    this.weeks = weeks;
    this.byWeek = byWeek;
    this.speed = 2; // weeks a second
    this.playing = false;
    this.stopAt = weeks;
    this.from = 0; // week from which it plays, and since when (ms)
    this.since = 0;
    this.onStop = () => {};
  }

  /** The week at this moment, with fractions; to be asked once a frame. */
  at(now) {
    if (!this.playing) return this.from;
    const reached = Math.min(this.stopAt, this.from + ((now - this.since) / 1000) * this.speed);
    if (reached >= this.stopAt) {
      this.rest(this.stopAt);
      this.onStop(this.stopAt);
    }
    return this.byWeek ? Math.floor(reached) : reached;
  }

  /** Play until the end, or until `stopAt` if that lies ahead. */
  play(now, stopAt = this.weeks) {
    if (this.from >= this.weeks) this.from = 0;
    this.stopAt = stopAt > this.from ? stopAt : this.weeks;
    this.since = now;
    this.playing = true;
  }

  pause(now) {
    if (this.playing) this.rest(this.at(now));
  }

  /** Stand still in this week. */
  rest(week) {
    this.playing = false;
    this.from = Math.max(0, Math.min(this.weeks, week));
  }

  /** Go on to the next whole week, or back to the one before. */
  step(now, direction) {
    this.pause(now);
    const whole = direction > 0 ? Math.floor(this.from + 1e-9) + 1 : Math.ceil(this.from - 1e-9) - 1;
    this.rest(whole);
  }

  setSpeed(now, speed) {
    this.from = this.at(now);
    this.since = now;
    this.speed = speed;
  }
}
