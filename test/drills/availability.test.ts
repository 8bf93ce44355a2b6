import { describe, expect, test } from 'vitest';
import { availabilityVerdict, type ResourceFacts } from '../../src/drills/availability.ts';
import type { Holding } from '../../src/drills/holding.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000);

const holding = (more: Partial<Holding> = {}): Holding => ({
  ...{ kind: 'unit', wanted: '1 of PSU', quantity: 1, state: 'released', thing: 'PSU serial 1', place: 'SITE-A' },
  ...{ isFromReserve: false, allocationId: 'a', lineId: 'l', unitId: 'u', seenAt: daysAgo(1), sightedAt: null },
  ...{ sightedBy: null, note: null },
  ...more,
});

const asked = (...holdings: Holding[]): ResourceFacts => ({ state: 'asked', holdings, seenWithinDays: 90, at: NOW });
const SOUND = { state: 'sound' } as const;

describe('availability', () => {
  test('is not assessed when the drill declares neither spares nor seats, however sound the backup', () => {
    expect(availabilityVerdict(SOUND, { state: 'undeclared' }).outcome).toBe('not assessed');
    expect(availabilityVerdict({ state: 'unknown' }, { state: 'undeclared' }).outcome).toBe('not assessed');
  });

  test('is not assessed when the run did not get as far as the backup or the spares', () => {
    expect(availabilityVerdict({ state: 'unknown' }, asked(holding())).outcome).toBe('not assessed');
    expect(availabilityVerdict(SOUND, { state: 'unknown' }).outcome).toBe('not assessed');
  });

  test('passes when the backup is sound and everything was held, and says what was only on record', () => {
    const seat = holding({ kind: 'seat', quantity: 5, thing: '5 of Product', place: null, unitId: null, seenAt: null });
    const seen = holding({ sightedAt: NOW, sightedBy: 'X' });
    const reserve = holding({ isFromReserve: true });
    expect(availabilityVerdict(SOUND, asked(holding(), seen, reserve, seat))).toEqual({
      outcome: 'passed',
      reason:
        'the backup was there and sound; held: 3 spares (1 sighted, 2 on record only) and 5 seats, 1 of these from the emergency reserve',
    });
  });

  test('passes when the service needs nothing, which is another thing than nobody having said so', () => {
    expect(availabilityVerdict(SOUND, asked())).toEqual({
      outcome: 'passed',
      reason: 'the backup was there and sound; the service needs no spares and no seats',
    });
  });

  test('passes on what the last check of the backup said, in a run that restores nothing', () => {
    const backup = { state: 'on record', reason: 'point 1 was sound at its last check' } as const;
    expect(availabilityVerdict(backup, asked(holding()))).toMatchObject({
      outcome: 'passed',
      reason: expect.stringContaining('point 1 was sound at its last check'),
    });
  });

  test.each<[string, Holding, RegExp]>([
    ['what was short', holding({ state: 'short', lineId: null, thing: null, note: '0 free' }), /1 of PSU \(0 free\)/],
    ['a hold that ended too early', holding({ state: 'expired' }), /the hold ended before the run did: PSU serial 1/],
    ['what nobody has seen for too long', holding({ seenAt: daysAgo(91) }), /PSU serial 1 \(last seen 91 days ago\)/],
    ['what nobody has ever seen', holding({ seenAt: null }), /never seen/],
  ])('fails on %s', (_, one, reason) => {
    const verdict = availabilityVerdict(SOUND, asked(holding(), one));
    expect(verdict.outcome).toBe('failed');
    expect(verdict.reason).toMatch(reason);
  });

  test('a spare that was scanned in the run is there, however long ago it was seen before', () => {
    const seen = holding({ seenAt: daysAgo(400), sightedAt: NOW, sightedBy: 'X' });
    expect(availabilityVerdict(SOUND, asked(seen)).outcome).toBe('passed');
    expect(availabilityVerdict(SOUND, asked(holding({ seenAt: daysAgo(90) }))).outcome).toBe('passed');
  });

  test('is preempted when an emergency took something, and failed when something else was short as well', () => {
    const taken = holding({ state: 'preempted' });
    expect(availabilityVerdict(SOUND, asked(taken))).toEqual({
      outcome: 'preempted',
      reason: 'an emergency took what the drill held: PSU serial 1',
    });
    const short = holding({ state: 'short', lineId: null });
    expect(availabilityVerdict(SOUND, asked(taken, short)).outcome).toBe('failed');
  });

  test('fails when the backup is not there, or when nothing could be asked for, and says both', () => {
    const absent = { state: 'absent', reason: 'gone' } as const;
    expect(availabilityVerdict(absent, { state: 'undeclared' })).toEqual({ outcome: 'failed', reason: 'gone' });
    expect(availabilityVerdict(absent, { state: 'refused', reason: 'no such service' })).toEqual({
      outcome: 'failed',
      reason: 'gone; no such service',
    });
  });
});
