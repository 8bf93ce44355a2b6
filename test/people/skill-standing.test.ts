import { describe, expect, test } from 'vitest';
import { lackAt, type SkillHolder } from '../../src/people/skill-standing.ts';

const holder = (more: Partial<SkillHolder> = {}): SkillHolder => ({
  personId: 'p',
  name: 'P',
  isDisabled: false,
  leavesAtMs: null,
  skill: { sinceMs: 100, validUntilMs: 200 },
  participations: [],
  ...more,
});

const training = (sinceMs: number, validUntilMs: number | null, kind = 'training') => ({ kind, sinceMs, validUntilMs });

describe('whether somebody counts', () => {
  test.each([
    ['before the skill', 99, {}, { why: 'skill not yet', sinceMs: null }],
    ['from the instant of the skill on', 100, {}, null],
    ['until just before it runs out', 199, {}, null],
    ['no more from the instant at which it runs out', 200, {}, { why: 'skill expired', sinceMs: 200 }],
    ['for ever with a skill that never runs out', 1e15, { skill: { sinceMs: 1, validUntilMs: null } }, null],
    ['never without the skill', 150, { skill: null }, { why: 'no skill', sinceMs: null }],
    ['not while disabled', 150, { isDisabled: true }, { why: 'disabled', sinceMs: null }],
    ['until just before they leave', 149, { leavesAtMs: 150 }, null],
    ['no more once they have left', 150, { leavesAtMs: 150 }, { why: 'left', sinceMs: 150 }],
    ['with a training that still counts', 149, { participations: [training(100, 150)] }, null],
    [
      'not once it has run out',
      150,
      { participations: [training(100, 150)] },
      { why: 'training expired', sinceMs: 150 },
    ],
    ['with a later one that renews it', 150, { participations: [training(100, 150), training(140, 190)] }, null],
    [
      'not with a later one of another kind',
      150,
      { participations: [training(100, 150), training(140, null, 'drill')] },
      { why: 'training expired', sinceMs: 150 },
    ],
    [
      'not with one that is still to come',
      150,
      { participations: [training(100, 150), training(151, null)] },
      { why: 'training expired', sinceMs: 150 },
    ],
  ] as const)('%s', (_, atMs, more, lack) => {
    expect(lackAt(holder(more), atMs)).toEqual(lack);
  });
});
