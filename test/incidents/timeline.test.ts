import { expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { CONTACT, FACTS, late, MINUTE_MS, PASSED, useIncidents } from './support.ts';

const { get, go, handled, post, receive, server, teams } = useIncidents();

interface Item {
  readonly at: string;
  readonly kind: string;
  readonly by: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

async function wholeTimeline(id: string, limit: number): Promise<Item[]> {
  const items: Item[] = [];
  let after = '';
  do {
    const page = await get(`/incidents/${id}/timeline?limit=${limit}${after}`);
    items.push(...page.items);
    after = page.next === null ? '' : `&after=${page.next}`;
  } while (after !== '');
  return items;
}

test('the timeline has everything once, in the order in which it happened, whatever the page is', async () => {
  const atMs = Date.now() - 300 * MINUTE_MS;
  const at = (minutes: number) => late(atMs + minutes * MINUTE_MS);
  const { id } = (await receive({ ...FACTS, ...at(0) })).body;
  await go(id, ['record', at(5)], ['classify', { severity: 'emergency', reason: 'All is down', ...at(6) }]);
  await go(
    id,
    ['transfer', { teamId: teams.first.id, reason: 'Theirs', ...at(7) }],
    ['contacts', { ...CONTACT, ...at(8) }],
  );
  await go(id, ['plans', { text: 'Exchange it', ...at(20) }], ['sub-state', { subState: 'verifying', ...at(40) }]);
  await go(id, ['verifications', { ...PASSED, ...at(250) }], ['resolve', { text: 'Exchanged', ...at(260) }]);
  // Entered last, and yet it stands where it happened.
  await go(id, ['contacts', { ...CONTACT, said: 'Still working on it', ...at(30) }]);
  const items = await wholeTimeline(id, 200);
  expect(await wholeTimeline(id, 3)).toEqual(items);
  const instants = items.map((item) => Date.parse(item.at));
  expect(instants).toEqual(instants.toSorted((left, right) => left - right));
  const counts = Object.fromEntries(
    [...Map.groupBy(items, ({ kind }) => kind)].map(([kind, some]) => [kind, some.length]),
  );
  expect(counts).toMatchObject({
    ...{ stage: 7, classification: 1, transfer: 1, contact: 2, plan: 1, verification: 1, resolution: 1 },
    // The clocks for updates and for the recovery were over long before they stopped.
    ...{ 'clock-started': 9, 'clock-stopped': 8, 'clock-breached': 2 },
  });
  const said = items.filter(({ kind }) => kind === 'contact').map(({ details }) => details.said);
  expect(said).toEqual([CONTACT.said, 'Still working on it']);
  const plans = await get(`/incidents/${id}/timeline?kind=plan`);
  expect(plans.items).toMatchObject([{ details: { version: 1, text: 'Exchange it' } }]);
});

test('remarks and facts stand in it, with who entered them', async () => {
  const { id } = await handled();
  await post(`/incidents/${id}/notes`, { text: 'The vendor\nhas been called' });
  await go(id, ['facts', { scope: 'site' }]);
  const items = await wholeTimeline(id, 200);
  const by = server.admin.principal.name;
  expect(items.filter(({ kind }) => kind === 'note' || kind === 'facts')).toMatchObject([
    { kind: 'note', by, details: { text: 'The vendor\nhas been called' } },
    { kind: 'facts', by, details: { scope: 'site' } },
  ]);
});

test('of an incident that is not there is none', async () => {
  const answer = await server.request('get', `/api/v1/incidents/${newId()}/timeline`);
  expect([answer.status, answer.body.code]).toEqual([404, 'no-such-incident']);
});
