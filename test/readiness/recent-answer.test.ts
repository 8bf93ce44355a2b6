import { expect, test } from 'vitest';
import { recentAnswer } from '../../src/readiness/recent-answer.ts';

test('an answer is worked out once for all who ask within its time, and a failure is not kept', async () => {
  let nowMs = 0;
  let worked = 0;
  const recent = recentAnswer<number>(1000, () => nowMs);
  const work = async () => {
    worked += 1;
    if (worked === 2) throw new Error('not this time');
    return worked;
  };
  expect(await Promise.all([recent(work), recent(work)])).toEqual([1, 1]);
  nowMs = 999;
  expect(await recent(work)).toBe(1);
  nowMs = 1000;
  await expect(recent(work)).rejects.toThrow('not this time');
  expect(await recent(work)).toBe(3);
});
