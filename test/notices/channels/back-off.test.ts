import { describe, expect, test } from 'vitest';
import { channelPauseSeconds, pauseSeconds, retryAfterOf } from '../../../src/notices/channels/back-off.ts';

describe('the pause behind an attempt', () => {
  test('grows, and ends with the eleventh attempt, more than a day behind the first', () => {
    const pauses = Array.from({ length: 10 }, (_, index) => pauseSeconds(index + 1) ?? 0);
    expect(pauses[0]).toBe(5);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(86_400);
    expect(pauseSeconds(11)).toBeUndefined();
  });

  test('is at least what the receiver asks for, up to a day', () => {
    expect(pauseSeconds(1, 90)).toBe(90);
    expect(pauseSeconds(5, 90)).toBe(1800);
    expect(pauseSeconds(1, 1_000_000)).toBe(86_400);
    expect(pauseSeconds(11, 90)).toBeUndefined();
  });

  test('of a channel is never longer than an hour by itself, however long it fails', () => {
    expect(channelPauseSeconds(1)).toBe(5);
    expect(channelPauseSeconds(1000)).toBe(3600);
    expect(channelPauseSeconds(1000, 7200)).toBe(7200);
  });
});

test.each([
  ['120', 120],
  ['0', 0],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 7],
  ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
  ['-1', undefined],
  ['soon', undefined],
  ['1e9', undefined],
  ['99999999999', undefined],
  [undefined, undefined],
])('Retry-After %s', (header, seconds) => {
  expect(retryAfterOf(header, Date.UTC(1994, 10, 6, 8, 49, 30))).toBe(seconds);
});
