// Fills a running Muster with plainly made-up things, through its API as anybody would: a storeroom, parts that fit failed
// devices, licence seats, and a service that needs some of them. What is there already stays. For a look around, never for
// an installation in use.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLE_STOCK } from '../src/composition/samples/sample-names.ts';

const base = `http://127.0.0.1:${process.env.MUSTER_PORT ?? '7300'}/api/v1`;
const token = readFileSync(join(process.env.MUSTER_DATA ?? 'data', 'admin-token'), 'utf8').trim();

interface Made {
  readonly id: string;
}

async function call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Response> {
  return fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function make(path: string, body: unknown): Promise<Made> {
  const answer = await call('POST', path, body);
  const said = (await answer.json()) as Made & { detail?: string };
  if (answer.ok) return said;
  throw new Error(`POST ${path}: ${answer.status} ${said.detail ?? ''}`);
}

async function isFilled(): Promise<boolean> {
  const answer = await call('GET', '/locations?limit=2');
  if (!answer.ok) throw new Error(`GET /locations: ${answer.status}; does Muster run on ${base}?`);
  const { items } = (await answer.json()) as { items: { code: string }[] };
  // The sample data of the shipped drills has a place of its own.
  return items.some(({ code }) => code !== SAMPLE_STOCK.location);
}

async function storeroom(): Promise<{ readonly shelf: Made; readonly cabinet: Made }> {
  const site = await make('/locations', { code: 'SAMPLE', name: 'Sample site', kind: 'site' });
  const room = await make('/locations', { code: 'SAMPLE-R1', name: 'Storeroom', kind: 'room', parentId: site.id });
  const shelf = await make('/locations', { code: 'SAMPLE-R1-A', name: 'Shelf A', kind: 'rack', parentId: room.id });
  const cabinet = await make('/locations', { code: 'SAMPLE-DC', name: 'Cabinet', kind: 'rack', parentId: site.id });
  return { shelf, cabinet };
}

async function parts(ownerId: string) {
  const power = await make('/part-categories', {
    name: 'Power supplies',
    fields: [{ key: 'power', label: 'Power', type: 'integer', required: true, unit: 'W', min: 1, max: 20_000 }],
  });
  const optics = await make('/part-categories', { name: 'Optics and cables', fields: [] });
  const common = { manufacturer: 'Sample Works', unitOfMeasure: 'piece', ownerId };
  const supply = await make('/parts', {
    ...common,
    partNumber: 'PSU-750W',
    name: 'Power supply 750 W',
    categoryId: power.id,
    tracking: 'serial',
    custom: { power: 750 },
    emergencyReserve: 1,
    reorderPoint: 2,
    reorderQuantity: 4,
    testIntervalDays: 180,
  });
  const larger = await make('/parts', {
    ...common,
    partNumber: 'PSU-1100W',
    name: 'Power supply 1100 W',
    categoryId: power.id,
    tracking: 'serial',
    custom: { power: 1100 },
  });
  const optic = await make('/parts', {
    ...common,
    partNumber: 'SFP-10G-SR',
    name: 'Transceiver 10G SR',
    categoryId: optics.id,
    tracking: 'bulk',
    emergencyReserve: 4,
  });
  return { supply, larger, optic };
}

async function fits(supply: Made, larger: Made): Promise<void> {
  const model = await make('/device-models', { manufacturer: 'Sample Works', model: 'Server 2U' });
  await make(`/parts/${supply.id}/fits`, { deviceModelId: model.id, rank: 1, quantity: 1 });
  await make(`/parts/${larger.id}/fits`, {
    deviceModelId: model.id,
    rank: 2,
    quantity: 1,
    conditions: 'The second supply has to be of the same power',
  });
}

async function receive(of: Awaited<ReturnType<typeof parts>>, at: Awaited<ReturnType<typeof storeroom>>) {
  const unit = (part: Made, place: Made, number: number) => ({
    kind: 'unit',
    partId: part.id,
    locationId: place.id,
    serial: `SN-${String(number).padStart(4, '0')}`,
    assetTag: `A-${String(number).padStart(4, '0')}`,
    supplier: 'Sample Works',
  });
  await make('/movements/receipts', {
    reference: 'sample delivery',
    lines: [
      ...[1, 2, 3].map((number) => unit(of.supply, at.shelf, number)),
      unit(of.supply, at.cabinet, 4),
      unit(of.larger, at.shelf, 5),
      { kind: 'bulk', partId: of.optic.id, locationId: at.shelf.id, quantity: 24 },
    ],
  });
}

async function licences(ownerId: string): Promise<void> {
  const product = await make('/licence-products', { vendor: 'Sample Works', name: 'Database Standard' });
  await make('/entitlements', {
    productId: product.id,
    name: 'Database Standard, sample contract',
    metric: 'concurrent',
    quantity: 10,
    startsOn: '2026-01-01',
    ownerId,
    emergencyReserve: 2,
  });
}

if (await isFilled()) {
  console.log('There are locations already: nothing was added.');
} else {
  const team = await make('/teams', { name: 'Sample team', members: [], roles: [] });
  const place = await storeroom();
  const catalogue = await parts(team.id);
  await fits(catalogue.supply, catalogue.larger);
  await receive(catalogue, place);
  await licences(team.id);
  const service = await make('/services', {
    name: 'Sample order database',
    criticality: 'emergency',
    ownerId: team.id,
    customer: 'Sample customer',
    maxProofAgeDays: 90,
    requirements: {
      spares: [
        { part: 'PSU-750W', quantity: 4 },
        { part: 'SFP-10G-SR', quantity: 2 },
      ],
      seats: [{ product: 'Database Standard', quantity: 4 }],
      skills: [],
    },
  });
  console.log(
    `Sample storeroom, parts, seats and a service were added. Its coverage: ${base}/services/${service.id}/coverage`,
  );
}
