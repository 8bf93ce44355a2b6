import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { participationRoutes } from '../../src/people/participation.routes.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { profileRoutes } from '../../src/people/profile.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import { coverageRoutes } from '../../src/services/coverage.routes.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { useApp } from '../http/support.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { staffOf } from '../people/support.ts';
import { useDatabase } from '../support/database.ts';
import { registerOf } from './register.ts';

const database = useDatabase([ServiceEntity, ...PEOPLE_ENTITIES]);
const server = useApp(database, () => ({
  routes: [...coverageRoutes(), ...peopleRoutes(), ...profileRoutes(), ...participationRoutes(), ...skillFieldRoutes()],
}));
const staff = staffOf(server);
const register = registerOf(database);

const LONG_AGO = '2020-01-01T00:00:00Z';
const EXPIRED = '2021-01-01T00:00:00Z';

async function skilled(fieldId: string, more: object = {}) {
  const person = await staff.person();
  const skills = [{ fieldId, level: 'skilled', since: LONG_AGO, ...more }];
  expect((await staff.change('patch', `/persons/${person.id}/profile`, 1, { skills })).status).toBe(200);
  return person;
}

async function coverageOf(...skills: string[]) {
  const { id } = await register.make({ requirements: { spares: [], seats: [], skills } });
  return staff.read(`/services/${id}/coverage`);
}

describe('a required skill', () => {
  test('is ready once one person has it, by the name of its field whatever the case', async () => {
    const field = await staff.field(`Tape robots ${newId()}`);
    const person = await skilled(field.id);
    const coverage = await coverageOf(field.name.toUpperCase());
    expect(coverage).toMatchObject({
      verdict: 'covered',
      skills: [{ verdict: 'ready', readyCount: 1, ready: [{ id: person.id, name: person.name }], missing: [] }],
    });
  });

  test('is short when nobody ever had it, and unknown when the field is retired', async () => {
    const field = await staff.field();
    expect(await coverageOf(field.name)).toMatchObject({
      verdict: 'short',
      skills: [{ verdict: 'short', missing: [] }],
    });
    await staff.change('post', `/skill-fields/${field.id}/retire`, 1, { reason: 'Split' });
    expect(await coverageOf(field.name)).toMatchObject({ verdict: 'unknown', skills: [{ verdict: 'unknown skill' }] });
  });

  test('is short when all who had it are missing, and says who and why', async () => {
    const field = await staff.field();
    const expired = await skilled(field.id, { validUntil: EXPIRED });
    const disabled = await skilled(field.id);
    await staff.change('post', `/persons/${disabled.id}/disable`, 2);
    const left = await skilled(field.id);
    await staff.change('patch', `/persons/${left.id}/profile`, 2, { leavesAt: EXPIRED });
    const untrained = await skilled(field.id);
    const training = { kind: 'training', tookPlaceAt: LONG_AGO, validUntil: EXPIRED, fieldId: field.id };
    await staff.add(`/persons/${untrained.id}/participations`, training);
    const coverage = await coverageOf(field.name);
    expect(coverage).toMatchObject({
      verdict: 'short',
      skills: [{ verdict: 'short', readyCount: 0, missingCount: 4 }],
    });
    const because = Object.fromEntries(
      coverage.skills[0].missing.map((one: { id: string; because: string }) => [one.id, one.because]),
    );
    expect(because).toEqual({
      [expired.id]: `the skill has expired (${EXPIRED})`,
      [disabled.id]: 'disabled',
      [left.id]: `left (${EXPIRED})`,
      [untrained.id]: `the training has expired (${EXPIRED})`,
    });
    expect(coverage.summary).toContain(`Nobody has the skill ${field.name} now (`);
    await staff.add(`/persons/${untrained.id}/participations`, {
      ...training,
      tookPlaceAt: EXPIRED,
      validUntil: null,
    });
    expect(await coverageOf(field.name)).toMatchObject({
      verdict: 'covered',
      skills: [{ readyCount: 1, missingCount: 3 }],
    });
  });

  test('is back when the record of an expired training is withdrawn', async () => {
    const field = await staff.field();
    const { id } = await skilled(field.id);
    const training = { kind: 'training', tookPlaceAt: LONG_AGO, validUntil: EXPIRED, fieldId: field.id };
    const wrong = await staff.add(`/persons/${id}/participations`, training);
    expect(await coverageOf(field.name)).toMatchObject({ verdict: 'short' });
    await staff.add(`/participations/${wrong.id}/correct`, { reason: 'Another person', record: null });
    expect(await coverageOf(field.name)).toMatchObject({ verdict: 'covered' });
  });
});
