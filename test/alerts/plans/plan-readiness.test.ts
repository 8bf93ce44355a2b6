import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import {
  backupNeed,
  countedNeed,
  readinessInWords,
  readinessOf,
  roleNeed,
  rolesOfSteps,
} from '../../../src/alerts/plans/plan-readiness.ts';
import type { NamedRole } from '../../../src/alerts/routing/duty-role.ts';

const NOW = Temporal.Instant.from('2026-11-22T12:00:00Z');
const PLAN = { id: 'plan', name: 'Plan', level: 3, edition: 2 };
const ANNA = { id: 'anna', kind: 'person' as const, name: 'Anna', because: 'named' };
const expert = (id: string | null): NamedRole => ({ kind: 'expert', field: id === null ? null : { id, name: id } });
const step = (role: NamedRole) => ({ text: 'x', limitSeconds: 1, role });
const part = { id: 'p', name: 'Northwind PSU', kind: 'part' as const };
const set = { id: 's', name: 'nightly', youngerThanSeconds: 3600, isRetired: false };

describe('the readiness of a plan', () => {
  test('names each role once, with its steps, in the order of the first mention', () => {
    const duty: NamedRole = { kind: 'on-duty' };
    const roles = rolesOfSteps({ steps: [duty, expert('db'), duty, expert(null), expert('db')].map(step) });
    expect(roles.map(({ role, steps }) => [role.kind === 'expert' ? role.field : role.kind, steps])).toEqual([
      ['on-duty', [1, 3]],
      [{ id: 'db', name: 'db' }, [2, 5]],
      [null, [4]],
    ]);
  });

  test('is given with somebody for each role, whoever is missing besides', () => {
    const need = { role: { kind: 'on-duty' } as const, steps: [1] };
    expect(roleNeed(need, { holders: [ANNA], missing: ['R has nobody on call'] }).reason).toBeNull();
    expect(roleNeed(need, { holders: [], missing: ['R has nobody on call'] }).reason).toBe(
      'nobody on call: R has nobody on call',
    );
    expect(roleNeed({ role: expert('db'), steps: [1] }, { holders: [], missing: [] }).reason).toBe(
      'nobody for an expert in db',
    );
  });

  test.each([
    [2, 2, null],
    [1, 0, '1 x Northwind PSU needed, none is free even with the reserve. Handed out: 1 by Anna'],
    [3, 1, '3 x Northwind PSU needed, 1 is free even with the reserve. Handed out: 1 by Anna'],
  ])('of %i pieces with %i there is %s', (needed, available, reason) => {
    expect(countedNeed({ ...part, needed, available }, ['Handed out: 1 by Anna']).reason).toBe(reason);
  });

  test('says what seats and spares for a device are', () => {
    expect(countedNeed({ ...part, kind: 'product', needed: 2, available: 0 }, []).reason).toContain(
      '2 x seats of North',
    );
    expect(countedNeed({ ...part, kind: 'device-model', needed: 2, available: 1 }, []).reason).toBe(
      'spares for 2 x Northwind PSU needed, for 1 is free even with the reserve',
    );
  });

  test.each([
    ['nothing for a point younger than the bound', '2026-11-22T11:00:01Z', null],
    ['that one of the very age is too old', '2026-11-22T11:00:00Z', /is 1 h 00 min old, and may be 1 h 00 min$/],
    ['nothing for a name that lies ahead', '2026-11-22T13:00:00Z', null],
    ['that there is none', null, /^the backup set nightly has no sound recovery point$/],
  ])('of backups is %s', (_, at, reason) => {
    const need = backupNeed(set, at === null ? null : Temporal.Instant.from(at), NOW);
    if (reason === null) expect(need.reason).toBeNull();
    else expect(need.reason).toMatch(reason);
  });

  test('is not given with a retired backup set, however young its points', () => {
    expect(backupNeed({ ...set, isRetired: true }, NOW, NOW).reason).toBe('the backup set nightly is retired');
  });

  test('is the sum of all needs, in one sentence', () => {
    const nothing = { roles: [], spares: [], seats: [], backups: [] };
    const ready = readinessOf(PLAN, null, NOW, nothing);
    expect([ready.isReady, readinessInWords(ready)]).toEqual([true, expect.stringMatching(/^plan ready/)]);
    const spares = [countedNeed({ ...part, needed: 1, available: 0 }, [])];
    const short = readinessOf(PLAN, null, NOW, { ...nothing, spares, backups: [backupNeed(set, null, NOW)] });
    expect(short).toMatchObject({ isReady: false, plan: PLAN, reasons: [spares[0]?.reason, expect.any(String)] });
    expect(readinessInWords(short)).toBe(
      'plan not ready: 1 x Northwind PSU needed, none is free even with the reserve; and 1 more',
    );
  });
});
