/**
 * Gives an answer that was worked out lately, and works it out anew when it is too old. However many ask at the same time, it is
 * worked out once. A failure is not kept.
 * @param keepMs how long an answer is given, from the moment at which it was asked for.
 * @param monotonicMs a clock that never goes back.
 */
export function recentAnswer<Answer>(
  keepMs: number,
  monotonicMs: () => number,
): (work: () => Promise<Answer>) => Promise<Answer> {
  let known: { readonly askedAtMs: number; readonly answer: Promise<Answer> } | undefined;
  return (work) => {
    const nowMs = monotonicMs();
    if (known && nowMs - known.askedAtMs < keepMs) return known.answer;
    const asked = { askedAtMs: nowMs, answer: work() };
    known = asked;
    asked.answer.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked.answer;
  };
}
