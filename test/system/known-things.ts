import { listSessions } from '../../src/auth/session.queries.ts';
import { openSession } from '../../src/auth/session.store.ts';
import { makeAlert } from '../alerts/support.ts';
import { counterOf } from '../allocations/support.ts';
import type { KnownParams } from '../http/bad-input.cases.ts';
import { licencesOf } from '../licences/support.ts';
import { registerOf } from '../services/register.ts';
import type { RealApp } from './real-app.ts';

/** A thing as the API answers it, as far as it is needed here. */
interface Made {
  readonly id: string;
  readonly runId?: string;
  readonly token?: { readonly id: string };
  readonly channel?: { readonly id: string };
}

type Known = readonly (readonly [group: string, params: KnownParams])[];

/**
 * A thing of each kind by the first segment of its routes' paths, for the routes that need one; made to be spoilt. A group
 * that is not here is addressed by ids of nothing.
 */
export async function knownThings(real: RealApp): Promise<ReadonlyMap<string, KnownParams>> {
  return new Map([...(await ofTheService(real)), ...(await ofTheCatalogue(real)), ...(await ofThePool(real))]);
}

function apiOf({ server }: RealApp) {
  return {
    async made(path: string, body: object): Promise<Made> {
      const answer = await server.request('post', `/api/v1${path}`).send(body);
      if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.text}`);
      return answer.body;
    },
    listed: async (path: string): Promise<{ id: string; name: string }[]> =>
      (await server.request('get', `/api/v1${path}`)).body.items,
  };
}

async function ofTheService(real: RealApp): Promise<Known> {
  const { made, listed } = apiOf(real);
  const person = await made('/persons', { name: 'Somebody', email: 'somebody@example.test', roles: [] });
  const robot = { name: 'some robot', purpose: 'to be spoilt', ownerId: person.id, roles: [] };
  const [set] = await listed('/backup-sets');
  const schedules = await listed('/schedules');
  const incident = await made('/incidents', { severity: 'general', title: 'to be spoilt', reporterContact: 'nobody' });
  const [rule] = await listed('/alert-rules');
  const steps = [{ text: 'spoil it', limitSeconds: 60, role: { kind: 'on-duty' } }];
  const plan = await made('/response-plans', { level: 1, name: 'to be spoilt', steps });
  const silence = {
    key: 'thing/spoilt',
    reason: 'to be spoilt',
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const dueAt = new Date(Date.now() + 86_400_000).toISOString();
  const action = await made('/actions', { title: 'to be spoilt', ownerId: person.id, dueAt });
  const period = { from: '2020-01-01', until: '2020-04-01', dueAt };
  const review = await made('/process-reviews', { title: 'to be spoilt', ownerId: person.id, ...period });
  const service = await registerOf(real.database).make();
  return [
    ['/actions', { id: action.id }],
    ['/process-reviews', { id: review.id }],
    ['/incidents', { id: incident.id }],
    ['/response-plans', { id: plan.id, edition: '1' }],
    ['/alert-routing', { level: '4' }],
    ['/alerts', { id: (await makeAlert(real.database.db)).id }],
    ['/persons', { id: person.id }],
    ['/me', { id: await sessionOfAdmin(real) }],
    ['/teams', { id: (await made('/teams', { name: 'Some team', members: [], roles: [] })).id }],
    ['/notification-channels', { id: await channelOf(made, person.id) }],
    ['/service-accounts', { id: (await made('/service-accounts', robot)).id }],
    ['/tokens', { id: (await made('/tokens', { name: 'some token' })).token?.id ?? '' }],
    ['/alert-rules', { id: rule?.id ?? '' }],
    ['/alert-suppressions', { id: (await made('/alert-silences', silence)).id }],
    ['/schedules', { id: schedules.find(({ name }) => name === 'system.tidy')?.id ?? '' }],
    ['/backup-sets', { id: set?.id ?? '' }],
    ['/services', { id: service.id }],
    ['/readiness', { id: service.id }],
    ['/audit-entries', { id: '1' }],
    ['/drills', { name: 'muster-database' }],
    ['/drill-runs', { id: (await made('/drills/muster-database/run', {})).runId ?? '' }],
    ['/sla-policy', { version: '1' }],
    ['/sla-calendars', { date: '2026-12-25' }],
  ];
}

async function sessionOfAdmin({ server, database: { db } }: RealApp): Promise<string> {
  const client = { address: '192.0.2.1', network: '192.0.2.1', agent: null };
  const arrival = { client, requestId: 'known-things', presented: undefined };
  await db.transaction((tx) => openSession(tx, server.admin.principal, 'link', arrival));
  return (await listSessions(db, server.admin.principal.id, { limit: 1 }))[0]?.id ?? '';
}

async function channelOf(made: (path: string, body: object) => Promise<Made>, ownerId: string): Promise<string> {
  const wanted = { name: 'some channel', ownerId, webhook: { url: 'https://hooks.example.test/' } };
  return (await made('/notification-channels', wanted)).channel?.id ?? '';
}

async function ofTheCatalogue(real: RealApp): Promise<Known> {
  const { made } = apiOf(real);
  const category = await made('/part-categories', { name: 'Some category', fields: [] });
  const used = await made('/part-categories', { name: 'A category of parts', fields: [] });
  const part = await made('/parts', {
    ...{ manufacturer: 'Sample Co', partNumber: 'PN-1', name: 'some part', tracking: 'serial', categoryId: used.id },
  });
  const model = await made('/device-models', { manufacturer: 'Sample Co', model: 'M-1' });
  const fit = await made(`/parts/${part.id}/fits`, { deviceModelId: model.id, rank: 1 });
  const room = await made('/locations', { code: 'SPOILT', name: 'to be counted', kind: 'site' });
  return [
    ['/stocktakes', { id: (await made('/stocktakes', { locationId: room.id, name: 'to be spoilt' })).id }],
    ['/locations', { id: (await made('/locations', { code: 'L-1', name: 'some place', kind: 'site' })).id }],
    ['/part-categories', { id: category.id }],
    ['/parts', { id: part.id, fitId: fit.id }],
    ['/device-models', { id: model.id }],
  ];
}

async function ofThePool(real: RealApp): Promise<Known> {
  const { made } = apiOf(real);
  const counter = counterOf(real.database);
  const make = licencesOf(real.database);
  const partId = await counter.part();
  const site = await counter.site();
  const [issued = '', held = '', reserved = '', free = ''] = await counter.units(partId, site, 4);
  const code = 'A-0077';
  await counter.unit(partId, site, { asset_tag: code });
  const promised = async (unit_id: string, form: 'hold' | 'reservation') => {
    const line = { kind: 'unit', part_id: partId, unit_id };
    return (await counter.hold(await counter.holder(), line, { form })).allocationId;
  };
  const { principal } = await counter.caller();
  return [
    ['/checkouts', { id: (await counter.checkout([{ unitId: issued }])).allocation.id }],
    ['/holds', { id: await promised(held, 'hold') }],
    ['/reservations', { id: await promised(reserved, 'reservation') }],
    ['/units', { id: free }],
    ['/scan', { code }],
    ['/projects', { id: (await made('/projects', { code: 'P', name: 'P', ownerId: principal.id })).id }],
    ['/kits', { id: (await made('/kits', { name: 'K', lines: [{ partId, quantity: 1 }] })).id }],
    ['/licence-products', { id: (await make.product()).id }],
    ['/entitlements', { id: (await make.entitlement()).id }],
  ];
}
