import { describe, expect, test } from 'vitest';
import { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { noticesOf } from '../../src/notices/notice.queries.ts';
import { onCallRoutes } from '../../src/people/on-call.routes.ts';
import { countToldGaps } from '../../src/people/on-call-gap.queries.ts';
import { tellOnCallGaps } from '../../src/people/on-call-notice.service.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { profileRoutes } from '../../src/people/profile.routes.ts';
import { rotaRoutes } from '../../src/people/rota.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { useApp } from '../http/support.ts';
import { registerOf } from '../services/register.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { PEOPLE_ENTITIES } from './entities.ts';
import { staffOf } from './support.ts';

const database = useDatabase([...PEOPLE_ENTITIES, ServiceEntity]);
const server = useApp(database, () => ({
  routes: [...peopleRoutes(), ...profileRoutes(), ...skillFieldRoutes(), ...rotaRoutes(), ...onCallRoutes()],
}));
const staff = staffOf(server);

const DAY_MS = 86_400_000;
/** One for all, so that spans which are to meet do. */
const START_MS = Date.now();
const inDays = (days: number) => new Date(START_MS + days * DAY_MS).toISOString();
const pass = (db: Database = database.db) => tellOnCallGaps(db, 14, new AbortController().signal);

/** A person with a way of contact, and perhaps a skill. */
async function reachable(skills: object[] = []) {
  const person = await staff.person();
  const contacts = [{ kind: 'mobile', value: '1' }];
  expect((await staff.change('patch', `/persons/${person.id}/profile`, 1, { contacts, skills })).status).toBe(200);
  return person;
}

/** A layer in which somebody is on call always. */
const always = (personId: string) => ({
  participants: [personId],
  rotation: { unit: 'weeks', length: 1 },
  startsOn: '2026-01-05',
  handoverAt: '09:00',
});

/** A rota without a gap, unless more is said. */
async function rotaOf(more: object = {}) {
  const [owner, duty] = [await staff.person(), await reachable()];
  const body = { name: `rota ${newId()}`, zone: 'Asia/Shanghai', ownerId: owner.id, layers: [always(duty.id)] };
  const rota = await staff.add('/on-call-rotas', { ...body, ...more });
  const told = async (id = owner.id) => {
    const notices = await noticesOf(database.db, id, { unread: false, limit: 50 });
    return notices.filter(({ subjectId }) => subjectId === rota.id).map(({ summary }) => summary);
  };
  const override = (
    version: number,
    kind: 'remove' | 'take over',
    personId: string,
    days: readonly [number, number],
  ) => {
    const [from, until] = days.map(inDays);
    return staff.change('post', `/on-call-rotas/${rota.id}/overrides`, version, {
      kind,
      personId,
      from,
      until,
      reason: 'x',
    });
  };
  return { owner, duty, rota, told, override };
}

describe('gaps of on-call rotas', () => {
  test('are told to the owner in advance, each once, whatever looks at the same time', async () => {
    const { rota, duty, told, override } = await rotaOf();
    await pass();
    expect(await told()).toEqual([]);
    await override(1, 'remove', duty.id, [3, 4]);
    const other = await Database.connect(database.service, [], { applicationName: 'another replica' });
    try {
      await Promise.all([pass(), pass(other), pass(other)]);
      await pass();
    } finally {
      await other.close();
    }
    const [summary, ...more] = await told();
    expect(more).toEqual([]);
    expect(summary).toMatch(
      new RegExp(`^${rota.name}: Nobody is on call from \\w+ [-0-9]+ [:0-9]+ to .*, Asia/Shanghai. Enter an override`),
    );
  });

  test('are told again when they change, and when they were filled and come back', async () => {
    const { rota, duty, told, override } = await rotaOf();
    const other = await reachable();
    await override(1, 'remove', duty.id, [3, 5]);
    await pass();
    await override(2, 'take over', other.id, [3, 4]);
    await pass();
    expect(await told()).toHaveLength(2);
    const filled = await override(3, 'take over', other.id, [3, 5]);
    await pass();
    expect(await told()).toHaveLength(2);
    await staff.change('post', `/on-call-rotas/${rota.id}/overrides/${filled.body.id}/cancel`, 4);
    await pass();
    await pass();
    expect(await told()).toHaveLength(3);
  });

  test('are told in one notice for each rota, also of whose skill runs out', async () => {
    const field = await staff.field();
    const skill = { fieldId: field.id, level: 'expert', since: '2026-01-01T00:00:00Z', validUntil: inDays(10) };
    const expert = await reachable([skill]);
    const { rota, told, override } = await rotaOf({ fieldId: field.id, layers: [always(expert.id)] });
    await override(1, 'remove', expert.id, [1, 2]);
    await pass();
    const [summary, ...more] = await told();
    expect(more).toEqual([]);
    expect(summary).toMatch(new RegExp(`^${rota.name}: 2 gaps. The first: Nobody with ${field.name} is on call`));
    const [notice] = await noticesOf(database.db, rota.owner.id, { unread: false, limit: 1 });
    const sentences = notice?.details.sentences as string[];
    expect(sentences[1]).toMatch(/or longer, Asia\/Shanghai: .* would be, but has a skill that has expired by then$/);
  });

  test('behind the days to look ahead are not told yet, and one without end is told once', async () => {
    const { duty, told, override } = await rotaOf();
    await override(1, 'remove', duty.id, [15, 16]);
    const empty = await rotaOf({ layers: [] });
    await pass();
    await pass();
    expect(await told()).toEqual([]);
    expect(await empty.told()).toHaveLength(1);
  });

  test('are told to the owner of the service, too, and to nobody who is disabled', async () => {
    const service = await registerOf(database).make();
    const { rota, owner, told } = await rotaOf({ layers: [], serviceId: service.id });
    await staff.change('post', `/persons/${owner.id}/disable`, 1);
    await pass();
    expect(await told()).toEqual([]);
    const [toServiceOwner] = await noticesOf(database.db, service.owner.id, { unread: false, limit: 1 });
    expect(toServiceOwner).toMatchObject({ kind: 'on-call.gap', subjectId: rota.id });
  });

  test('wait for somebody to tell, and stand no more when the rota is retired', async () => {
    const { rota, owner, told } = await rotaOf({ layers: [] });
    await staff.change('post', `/persons/${owner.id}/disable`, 1);
    await pass();
    await staff.change('post', `/persons/${owner.id}/enable`, 2);
    const before = await countToldGaps(database.db);
    await pass();
    expect(await told()).toHaveLength(1);
    expect(await countToldGaps(database.db)).toBe(before + 1);
    await staff.change('post', `/on-call-rotas/${rota.id}/retire`, 1, { reason: 'Merged' });
    await pass();
    expect(await countToldGaps(database.db)).toBe(before);
  });

  test('that stand never overlap, by the database itself, and are kept', async () => {
    const { rota } = await rotaOf({ layers: [] });
    await pass();
    const again = `INSERT INTO on_call_gap_told (id, rota_id, why, from_at, until_at, open_ended)
      VALUES ($1, $2, 'nobody', now() + interval '1 day', now() + interval '2 days', false)`;
    await expect(runAs(database.service, again, [newId(), rota.id])).rejects.toMatchObject({
      constraint: 'on_call_gap_told_once',
    });
    await expect(
      runAs(database.service, 'DELETE FROM on_call_gap_told WHERE rota_id = $1', [rota.id]),
    ).rejects.toMatchObject({ constraint: 'on_call_gap_told_never_deleted' });
  });
});
