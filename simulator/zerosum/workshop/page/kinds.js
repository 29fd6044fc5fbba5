// The kinds of step that a lesson has, as they are called on the page and on paper.

export const KINDS = { tell: "Tell", bet: "Bet", reveal: "Reveal", discuss: "Discuss", again: "Bet again" };
