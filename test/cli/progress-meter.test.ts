import { describe, expect, it } from 'vitest';
import { createMeter, createRatedMeter, createReadingMeter } from '../../src/cli/progress-meter.ts';
import { fixedClock } from '../support/clock.ts';

function watch(interactive: boolean) {
  const lines: string[] = [];
  const clock = fixedClock('2026-11-22T12:00:00Z');
  const nothing = () => {};
  const output = {
    interactive,
    progress: (line: string) => lines.push(line),
    ...{ answer: nothing, raw: nothing, line: nothing, progressEnd: nothing, note: nothing, warn: nothing },
  };
  return { lines, clock, output };
}

const MIB = 1024 ** 2;

describe('progress', () => {
  it('names phase, amount, rate and the time that is left, as far as they are known', () => {
    const { lines, clock, output } = watch(true);
    const show = createMeter(output, clock);
    show({ label: 'fetch', seconds: 2, done: 10 * MIB, total: 40 * MIB, perSecond: 5 * MIB, etaSeconds: 6 });
    show({ label: 'compare', seconds: 1, unit: 'tables', done: 3, total: 48, perSecond: 3 });
    show({ label: 'recover', seconds: 61, done: null, total: null });
    show({ label: 'queued' });
    expect(lines).toEqual([
      'fetch 2.00 s, 10.0 MiB of 40.0 MiB, 5.0 MiB/s, 6.00 s left',
      'compare 1.00 s, 3 of 48 tables',
      'recover 1 min 01 s',
      'queued',
    ]);
  });

  it.each([
    [true, 5],
    [false, 1],
  ])('is shown at once for a new phase and then now and then (on a terminal: %s)', (interactive, shownPerSecond) => {
    const { lines, clock, output } = watch(interactive);
    const show = createMeter(output, clock);
    for (let tenth = 0; tenth < 10; tenth += 1) {
      show({ label: 'fetch', seconds: tenth / 10 });
      clock.advance(0.1);
    }
    expect(lines).toHaveLength(shownPerSecond);
    show({ label: 'verify' });
    expect(lines.at(-1)).toBe('verify');
  });

  it('of work that reports no rate is rated from the beginning of each phase', () => {
    const { lines, clock, output } = watch(true);
    const show = createRatedMeter(output, clock);
    show({ label: 'unpack', done: 0, total: 100 * MIB });
    clock.advance(4);
    show({ label: 'unpack', done: 20 * MIB, total: 100 * MIB });
    clock.advance(1);
    show({ label: 'compare', unit: 'tables', done: 0, total: 2 });
    expect(lines).toEqual([
      'unpack 0.00 s, 0 B of 100.0 MiB',
      'unpack 4.00 s, 20.0 MiB of 100.0 MiB, 5.0 MiB/s, 16.0 s left',
      'compare 0.00 s, 0 of 2 tables',
    ]);
  });

  it('of reading is a bar on a terminal, plain lines in a log unless it is over at once, and nothing when nobody wants it', () => {
    const shown = (interactive: boolean, silent: boolean) => {
      const { lines, clock, output } = watch(interactive);
      const show = createReadingMeter(output, clock, { label: 'reading', silent });
      show(0, 100 * MIB);
      clock.advance(1.9);
      show(10 * MIB, 100 * MIB);
      clock.advance(6.1);
      show(40 * MIB, 100 * MIB);
      clock.advance(8);
      show(100 * MIB, 100 * MIB);
      return lines;
    };
    expect(shown(true, false)).toEqual([
      'reading [                    ]   0 % 0.00 s, 0 B of 100.0 MiB',
      'reading [##                  ]  10 % 1.90 s, 10.0 MiB of 100.0 MiB, 5.3 MiB/s, 17.1 s left',
      'reading [########            ]  40 % 8.00 s, 40.0 MiB of 100.0 MiB, 5.0 MiB/s, 12.0 s left',
      'reading [####################] 100 % 16.0 s, 100.0 MiB of 100.0 MiB, 6.3 MiB/s, 0.00 s left',
    ]);
    expect(shown(false, false)).toEqual([
      'reading 8.00 s, 40.0 MiB of 100.0 MiB, 5.0 MiB/s, 12.0 s left',
      'reading 16.0 s, 100.0 MiB of 100.0 MiB, 6.3 MiB/s, 0.00 s left',
    ]);
    expect(shown(true, true)).toEqual([]);
  });
});
