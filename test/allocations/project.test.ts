import { beforeAll, describe, expect, test } from 'vitest';
import { allocateRoutes } from '../../src/allocations/allocate.routes.ts';
import { projectRoutes } from '../../src/allocations/project.routes.ts';
import { holdProject } from '../../src/allocations/project.store.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ensureTeam } from '../../src/people/team.service.ts';
import { useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { shelfOf } from './shelf.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const server = useApp(database, () => ({ routes: [...projectRoutes(), ...allocateRoutes()] }));
const shelf = shelfOf(database);
const PROJECTS = '/api/v1/projects';

let ownerId = '';
beforeAll(async () => {
  const wanted = { name: 'Infrastructure', roles: [] };
  ownerId = (await database.db.transaction((tx) => ensureTeam(tx, { actor: SYSTEM_ACTOR }, wanted))).id;
});

async function make(more: object = {}) {
  const body = { code: `P-${newId().slice(-12)}`, name: 'A project', ownerId, ...more };
  const answer = await server.request('post', PROJECTS).send(body);
  expect([answer.status, answer.body.fields]).toEqual([201, undefined]);
  return answer.body;
}

const change = (id: string, version: number, body: object) =>
  server.request('patch', `${PROJECTS}/${id}`).set('If-Match', `"${version}"`).send(body);

const retire = (id: string, version: number) =>
  server.request('post', `${PROJECTS}/${id}/retire`).set('If-Match', `"${version}"`).send({ reason: 'finished' });

describe('projects', () => {
  test('keep what was said about them, and who said it', async () => {
    const made = await make({ code: 'DC-MOVE', name: 'Move' });
    expect(made).toMatchObject({
      code: 'DC-MOVE',
      name: 'Move',
      owner: { id: ownerId, kind: 'team', name: 'Infrastructure' },
      retired: null,
      version: 1,
    });
    expect((await server.request('get', `${PROJECTS}/${made.id}`)).body).toEqual(made);
    const changed = await change(made.id, 1, { name: 'Move of everything' });
    expect(changed.body).toMatchObject({ code: 'DC-MOVE', name: 'Move of everything', version: 2 });
    expect((await auditOf(database.db, 'project', made.id)).map((line) => line.action)).toEqual([
      'project.create',
      'project.change',
    ]);
  });

  test('one code is given once, whatever the case', async () => {
    await make({ code: 'alpha' });
    const again = await server.request('post', PROJECTS).send({ code: 'ALPHA', name: 'Again', ownerId });
    expect([again.status, again.body.code, again.body.fields[0].field]).toEqual([409, 'project-code-taken', '#/code']);
  });

  test('a change by somebody who has read an older version is refused', async () => {
    const { id } = await make();
    expect((await change(id, 1, { name: 'one' })).status).toBe(200);
    expect((await change(id, 1, { name: 'two' })).body).toMatchObject({ status: 412, code: 'stale-project' });
    expect((await server.request('patch', `${PROJECTS}/${id}`).send({ name: 'x' })).status).toBe(428);
  });

  test('a project that holds something is not retired, and is told what it holds', async () => {
    const { id } = await make();
    const partId = await shelf.part();
    const unitId = await shelf.unit(partId, await shelf.site());
    const { allocationId } = await shelf.hold(
      { kind: 'project', id },
      { kind: 'unit', part_id: partId, unit_id: unitId },
    );
    const refused = await retire(id, 1);
    expect([refused.status, refused.body.code]).toEqual([409, 'project-holds-things']);
    expect(refused.body.detail).toMatch(/still holds CO-\d{6}: return/);
    await database.db.execute(
      `UPDATE allocation_line SET state = 'released', ended_at = now() WHERE allocation_id = $1`,
      [allocationId],
    );
    const retired = await retire(id, 1);
    expect([retired.status, retired.body.retired.reason, retired.body.version]).toEqual([200, 'finished', 2]);
    expect((await change(id, 2, { name: 'x' })).body.code).toBe('project-retired');
  });

  test('a hold whose time is over does not keep a project', async () => {
    const { id } = await make();
    const partId = await shelf.part();
    const unitId = await shelf.unit(partId, await shelf.site());
    await shelf.hold(
      { kind: 'project', id },
      { kind: 'unit', part_id: partId, unit_id: unitId },
      {
        fromDays: -9,
        untilDays: -5,
      },
    );
    expect((await retire(id, 1)).status).toBe(200);
  });

  test('nothing new goes to a retired project, and retiring waits for what is being given', async () => {
    const { id } = await make();
    let retiring: ReturnType<typeof retire> | undefined;
    await database.db.transaction(async (tx) => {
      expect(await holdProject(tx, id, '#/holder/id')).toEqual({ id, name: 'A project' });
      retiring = retire(id, 1);
      const answered = await Promise.race([retiring.then(() => 'answered'), blockedOnProject().then(() => 'waits')]);
      expect(answered).toBe('waits');
    });
    expect((await retiring)?.status).toBe(200);
    await expect(database.db.transaction((tx) => holdProject(tx, id, '#/holder/id'))).rejects.toMatchObject({
      code: 'unsuitable-holder',
      fields: [{ field: '#/holder/id' }],
    });
    await expect(database.db.transaction((tx) => holdProject(tx, newId(), '#/x'))).rejects.toMatchObject({
      code: 'unsuitable-holder',
    });
  });

  test('of a retirement and a check-out at the same time exactly one succeeds', async () => {
    const siteId = await shelf.site();
    const outcomes: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const { id } = await make();
      const partId = await shelf.part();
      await shelf.unit(partId, siteId);
      const basket = { purpose: 'loan', holder: { kind: 'project', id }, lines: [{ partId, quantity: 1 }] };
      const [retired, taken] = await Promise.all([
        retire(id, 1),
        server.request('post', '/api/v1/checkouts').send(basket),
      ]);
      const said = (answer: { status: number; body: { code?: string } }) =>
        answer.status < 300 ? answer.status : answer.body.code;
      outcomes.push(`${said(retired)} and ${said(taken)}`);
    }
    for (const outcome of outcomes) {
      expect(['200 and unsuitable-holder', 'project-holds-things and 201']).toContain(outcome);
    }
  });

  test('come in the order of their codes, page by page', async () => {
    const owner = await database.db.transaction((tx) =>
      ensureTeam(tx, { actor: SYSTEM_ACTOR }, { name: 'Others', roles: [] }),
    );
    for (const code of ['zeta', 'Beta', 'gamma', 'Epsilon']) await make({ code: `L-${code}`, ownerId: owner.id });
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const after: string = next === '' ? '' : `&after=${next}`;
      const page = await server.request('get', `${PROJECTS}?ownerId=${owner.id}&limit=3${after}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((item: { code: string }) => item.code));
      next = page.body.next;
    }
    expect(seen).toEqual(['L-Beta', 'L-Epsilon', 'L-gamma', 'L-zeta']);
    const retired = await server.request('get', `${PROJECTS}?state=retired&ownerId=${owner.id}`);
    expect(retired.body).toEqual({ items: [], next: null });
  });

  test('whoever writes SQL cannot retire one that holds something, bring one back, or give a retired one anything', async () => {
    const { id } = await make();
    const partId = await shelf.part();
    const unitId = await shelf.unit(partId, await shelf.site());
    const line = { kind: 'unit', part_id: partId, unit_id: unitId };
    const { allocationId } = await shelf.hold({ kind: 'project', id }, line);
    const retireBySql = `UPDATE project SET retired_at = now(), retired_reason = 'x' WHERE id = $1`;
    await expect(runAs(database.owner, retireBySql, [id])).rejects.toMatchObject({
      constraint: 'project_retired_holds_nothing',
    });
    await database.db.execute(
      `UPDATE allocation_line SET state = 'released', ended_at = now() WHERE allocation_id = $1`,
      [allocationId],
    );
    await runAs(database.owner, retireBySql, [id]);
    await expect(
      runAs(database.owner, 'UPDATE project SET retired_at = NULL, retired_reason = NULL WHERE id = $1', [id]),
    ).rejects.toMatchObject({ constraint: 'project_retired_is_final' });
    await expect(shelf.hold({ kind: 'project', id }, line)).rejects.toMatchObject({
      constraint: 'allocation_project_in_use',
    });
  });

  test('are never deleted', async () => {
    const { id } = await make();
    await expect(runAs(database.owner, 'DELETE FROM project WHERE id = $1', [id])).rejects.toMatchObject({
      constraint: 'project_never_deleted',
    });
  });
});

/** Waits until a statement of this database waits for a lock. */
async function blockedOnProject(): Promise<void> {
  for (;;) {
    const [row] = await database.db.rows<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting`,
    );
    if (row?.waiting) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
