/** Answers the question of a key: by what was answered before, or else by looking it up. A failure is not remembered. */
export type Memo<Answer> = (key: string, lookUp: () => Promise<Answer>) => Promise<Answer>;

/** Remembers answers for as long as whoever made it keeps it. */
export function memo<Answer>(): Memo<Answer> {
  const known = new Map<string, { readonly answer: Answer }>();
  return async (key, lookUp) => {
    const found = known.get(key) ?? { answer: await lookUp() };
    known.set(key, found);
    return found.answer;
  };
}
