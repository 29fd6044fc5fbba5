// What the room has bet: a count of hands for each choice, and again after some weeks.

export class Bets {
  /**
   * @param {string} question
   * @param {Array<{label: string, side?: string}>} choices
   * @param {number|null} answer   which choice is right, where that is known beforehand; null: the side
   *     that leads
   */
  constructor(question, choices, answer = null) {
    this.question = question;
    this.choices = choices;
    this.answer = answer;
    this.rounds = [{ week: 0, hands: choices.map(() => 0) }];
  }

  /** What a reload has to remember. */
  kept() {
    const { question, choices, answer, rounds, of } = this;
    return { question, choices, answer, rounds, of };
  }

  static from({ question, choices, answer, rounds, of }) {
    const bets = new Bets(question, choices, answer);
    return Object.assign(bets, { rounds, of });
  }

  get now() {
    return this.rounds[this.rounds.length - 1];
  }

  get hands() {
    return this.now.hands.reduce((sum, n) => sum + n, 0);
  }

  /** Count a hand more or less; there are never fewer than none. */
  count(choice, by) {
    this.now.hands[choice] = Math.max(0, this.now.hands[choice] + by);
  }

  /** Ask again: it starts from what was bet before. */
  again(week) {
    this.rounds.push({ week, hands: [...this.now.hands] });
  }

  /** "9 of 37 called it", for the choice that was right. */
  called(right) {
    const words = this.rounds.map(({ week, hands }) => {
      const all = hands.reduce((sum, n) => sum + n, 0);
      return { week, words: `${hands[right]} of ${all}` };
    });
    const [first, ...later] = words;
    const again = later
      .filter(({ words: text }) => text !== first.words)
      .map(({ week, words: text }) => `${text} from week ${week} on`);
    return [`${first.words} called it`, ...again].join(", ") + ".";
  }
}
