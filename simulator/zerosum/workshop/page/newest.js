// One question at a time, and always the newest: a slider asks faster than an engine answers.

/**
 * Wrap an asking function so that at most one question is under way; of those asked meanwhile only the last
 * is put.
 *
 * @param {(question) => Promise} ask
 * @param {(answer, question) => void} onAnswer  also called for answers that a newer question has
 *     overtaken: the picture
 *     then follows the hand instead of waiting for it to rest
 * @param {(problem: Error) => void} onProblem
 */
export function newestFirst(ask, onAnswer, onProblem) {
  let busy = false;
  let waiting = null;
  async function work() {
    busy = true;
    while (waiting) {
      const { question } = waiting;
      waiting = null;
      try {
        onAnswer(await ask(question), question);
      } catch (problem) {
        if (!waiting) onProblem(problem);
      }
    }
    busy = false;
  }
  return (question) => {
    waiting = { question };
    if (!busy) work();
  };
}
