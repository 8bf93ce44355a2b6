import supertest from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { createToken } from '../../src/auth/token.store.ts';
import type { Queryable } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { noticesOf } from '../../src/notices/notice.queries.ts';
import { postNotice } from '../../src/notices/notice.store.ts';
import type { NewNotice } from '../../src/notices/notice.ts';
import { noticeRoutes } from '../../src/notices/notices.routes.ts';
import { insertPerson, insertTeam, setMembers } from '../../src/people/people.store.ts';
import { useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const server = useApp(database, () => ({ routes: noticeRoutes() }));
const NOTICES = '/api/v1/notices';
const origin = { actor: SYSTEM_ACTOR };

/** A person with a token, alone in a team. */
async function makeMember() {
  return database.db.transaction(async (tx) => {
    const person = await createPrincipal(tx, { kind: 'person', name: `person ${newId()}`, roles: ['viewer'] }, origin);
    await insertPerson(tx, { id: person.id, email: `${person.id}@example.org`, zone: null });
    const team = await createPrincipal(tx, { kind: 'team', name: `team ${newId()}`, roles: [] }, origin);
    await insertTeam(tx, team.id);
    await setMembers(tx, team.id, [person.id]);
    const { secret } = await createToken(tx, { principalId: person.id, name: 'token', expiresAt: null }, origin);
    return { personId: person.id, teamId: team.id, bearer: `Bearer ${secret}` };
  });
}

const post = (recipients: readonly string[], more: Partial<NewNotice> = {}) =>
  database.db.transaction((tx) =>
    postNotice(tx, {
      kind: 'hold.displaced',
      recipients,
      subjectKind: 'allocation',
      subjectId: newId(),
      summary: 'An emergency took what was held for you',
      onceKey: newId(),
      ...more,
    }),
  );

const as = (bearer: string, method: 'get' | 'post', path: string) =>
  supertest(server.app)[method](path).set('Authorization', bearer);

const summaries = (answer: { body: { items: { summary: string }[] } }) => answer.body.items.map((item) => item.summary);

let member: Awaited<ReturnType<typeof makeMember>>;
beforeAll(async () => {
  member = await makeMember();
});

describe('posting a notice', () => {
  test('tells each recipient once, however often it is posted', async () => {
    const { personId, teamId } = member;
    const onceKey = newId();
    expect(await post([personId, personId], { onceKey })).toBe(1);
    expect(await post([personId, teamId], { onceKey })).toBe(1);
    expect(await post([personId, teamId], { onceKey })).toBe(0);
    expect(await post([], { onceKey })).toBe(0);
  });

  test('twenty at once tell each recipient once', async () => {
    const { personId, teamId } = member;
    const onceKey = newId();
    const told = await Promise.all(
      Array.from({ length: 20 }, (_, index) => post(index % 2 ? [personId, teamId] : [teamId, personId], { onceKey })),
    );
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  test('goes with its transaction', async () => {
    const onceKey = newId();
    const work = database.db.transaction(async (tx) => {
      const subject = { subjectKind: 'allocation', subjectId: newId() };
      await postNotice(tx, { kind: 'a.b', recipients: [member.personId], summary: 's', onceKey, ...subject });
      throw new Error('the work failed');
    });
    await expect(work).rejects.toThrow('the work failed');
    expect(await database.db.rows('SELECT id FROM notice WHERE once_key = $1', [onceKey])).toEqual([]);
  });

  test('a summary that is too long is cut off, never refused', async () => {
    const other = await makeMember();
    expect(await post([other.personId], { summary: '许'.repeat(3000) })).toBe(1);
    const [summary] = summaries(await as(other.bearer, 'get', NOTICES));
    expect(summary).toBe(`${'许'.repeat(999)}…`);
  });
});

describe('notices over HTTP', () => {
  test('a person reads their own and those of their teams, newest first, page by page', async () => {
    const { personId, teamId, bearer } = await makeMember();
    const stranger = await makeMember();
    for (const [index, recipient] of [personId, teamId, personId, stranger.personId, teamId].entries()) {
      await post([recipient], { summary: `notice ${index}` });
    }
    const seen: string[] = [];
    let after = '';
    do {
      const page = await as(bearer, 'get', `${NOTICES}?limit=2${after && `&after=${after}`}`);
      expect(page.status).toBe(200);
      seen.push(...summaries(page));
      after = page.body.next;
    } while (after);
    expect(seen).toEqual(['notice 4', 'notice 2', 'notice 1', 'notice 0']);
  });

  test('what is read leaves the list of unread ones, and is recorded once', async () => {
    const { personId, teamId, bearer } = await makeMember();
    await post([personId], { summary: 'to the person' });
    await post([teamId], { summary: 'to the team', details: { quantity: 2 } });
    const listed = await as(bearer, 'get', `${NOTICES}?unread=true`);
    const [toTeam] = listed.body.items;
    expect(toTeam).toMatchObject({ recipient: { id: teamId, kind: 'team' }, details: { quantity: 2 }, readAt: null });
    const read = await as(bearer, 'post', `${NOTICES}/${toTeam.id}/read`);
    expect([read.status, read.body]).toEqual([200, { ...toTeam, readAt: expect.any(String) }]);
    expect((await as(bearer, 'post', `${NOTICES}/${toTeam.id}/read`)).body).toEqual(read.body);
    expect(summaries(await as(bearer, 'get', `${NOTICES}?unread=true`))).toEqual(['to the person']);
    expect(summaries(await as(bearer, 'get', NOTICES))).toEqual(['to the team', 'to the person']);
    expect(await auditOf(database.db, 'notice', toTeam.id)).toMatchObject([
      { action: 'notice.read', actor_id: personId },
    ]);
  });

  test("somebody else's notice is not there", async () => {
    const other = await makeMember();
    await post([other.personId]);
    const [{ id }] = (await as(other.bearer, 'get', NOTICES)).body.items;
    for (const [bearer, noticeId] of [
      [member.bearer, id],
      [server.admin.bearer, id],
      [member.bearer, newId()],
    ]) {
      const answer = await as(bearer, 'post', `${NOTICES}/${noticeId}/read`);
      expect([answer.status, answer.body.code]).toEqual([404, 'no-such-notice']);
    }
  });
});

test('the database lets nobody rewrite or delete a notice', async () => {
  await post([member.personId]);
  await expect(database.db.execute("UPDATE notice SET summary = 'other'")).rejects.toThrow(/was said/);
  await expect(runAs(database.owner, 'DELETE FROM notice')).rejects.toThrow(/is kept/);
});

test('a page is read by the index of each recipient', async () => {
  let plan = '';
  await database.db.transaction(async (tx) => {
    await tx.execute('SET LOCAL enable_seqscan = off');
    const explaining: Queryable = {
      ...tx,
      rows: async (sql, parameters) => {
        plan = JSON.stringify(await tx.rows(`EXPLAIN (FORMAT JSON) ${sql}`, parameters));
        return [];
      },
    };
    await noticesOf(explaining, member.personId, { unread: true, limit: 2, after: newId() });
  });
  expect(plan).toContain('notice_unread');
  expect(plan).not.toContain('Seq Scan');
});
