import { describe, expect, test } from 'vitest';
import { holderRoutes } from '../../src/allocations/holder.routes.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { shelfOf } from './shelf.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: holderRoutes() }));
const shelf = shelfOf(database);

/** One of each kind whose name, or code, begins with a text that no other has; and one of each that cannot have anything. */
async function makeHolders() {
  const begin = `H${newId().slice(-12)}`;
  const principal = (kind: 'team' | 'person' | 'service-account', name: string) =>
    database.db.transaction((tx) => createPrincipal(tx, { kind, name, roles: [] }, { actor: SYSTEM_ACTOR }));
  const person = await principal('person', `${begin} a person`);
  const owner = await principal('team', `${begin} b team`);
  await principal('service-account', `${begin} b account`);
  const gone = await principal('person', `${begin} b gone`);
  await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [gone.id]);
  const owned = { owner_id: owner.id, owner_kind: 'team' };
  const service = await shelf.add('service', {
    ...{ name: `${begin} c service`, criticality: 'important', customer: '', max_proof_age_days: 90 },
    ...owned,
  });
  const project = await shelf.add('project', { code: `${begin}-D`, name: 'Another name', ...owned });
  return { begin, ids: [person.id, owner.id, service, project] };
}

const list = async (query: string) => (await server.request('get', `/api/v1/holders?${query}`)).body;
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);

describe('the list of who can have things', () => {
  test('finds every kind by how its name or code begins, whatever the case, and nobody who cannot', async () => {
    const { begin, ids } = await makeHolders();
    const found = await list(`q=${begin.toLowerCase()}`);
    expect(idsOf(found)).toEqual(ids);
    expect(found.items.map(({ kind }: { kind: string }) => kind)).toEqual(['person', 'team', 'service', 'project']);
    expect(found.items[3]).toMatchObject({ code: `${begin}-D`, name: 'Another name' });
    expect(idsOf(await list(`q=${begin.slice(1)}`))).toEqual([]);
    expect(idsOf(await list(`q=${begin}&kind=service`))).toEqual([ids[2]]);
    expect(idsOf(await list(`q=${begin}&kind=team`))).toEqual([ids[1]]);
  });

  test('goes on from page to page across the kinds', async () => {
    const { begin, ids } = await makeHolders();
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const page = await list(`q=${begin}&limit=1${after && `&after=${after}`}`);
      seen.push(...idsOf(page));
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen).toEqual(ids);
  });

  test('takes wildcards as what they are', async () => {
    expect(idsOf(await list('q=%25'))).toEqual([]);
  });
});
