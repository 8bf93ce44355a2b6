import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Deadlines, equalDeadlines } from '../../src/http/deadlines.ts';
import { systemClock } from '../../src/kernel/clock.ts';

let late: { item: string; atMs: number }[];
let deadlines: Deadlines<string>;
beforeEach(() => {
  vi.useFakeTimers();
  late = [];
  const startedAtMs = performance.now();
  deadlines = equalDeadlines(systemClock, 1000, (item) => late.push({ item, atMs: performance.now() - startedAtMs }));
});
afterEach(() => vi.useRealTimers());

describe('deadlines that lie equally far ahead', () => {
  it('come each at its own time, with one timer at a time', () => {
    for (const item of ['a', 'b', 'c']) {
      deadlines.add(item);
      vi.advanceTimersByTime(300);
    }
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(5000);
    expect(late).toEqual([
      { item: 'a', atMs: 1000 },
      { item: 'b', atMs: 1300 },
      { item: 'c', atMs: 1600 },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('do not come for what is done, and are not early for what follows', () => {
    deadlines.add('a');
    vi.advanceTimersByTime(400);
    deadlines.remove('a');
    deadlines.add('b');
    vi.advanceTimersByTime(999);
    expect(late).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(late).toEqual([{ item: 'b', atMs: 1400 }]);
  });

  it('come again after a quiet time', () => {
    deadlines.add('a');
    vi.advanceTimersByTime(60_000);
    deadlines.add('b');
    vi.advanceTimersByTime(1000);
    expect(late.map(({ item }) => item)).toEqual(['a', 'b']);
  });
});
