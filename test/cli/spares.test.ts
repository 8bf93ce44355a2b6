import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import type { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { insertTeam } from '../../src/people/people.store.ts';
import { reportEvent } from '../../src/sla/case-event.service.ts';
import { makeAlert } from '../alerts/support.ts';
import { shelfOf } from '../allocations/shelf.ts';
import { answering, closeReceivers, startReceiver } from '../notices/channels/receiver.ts';
import type { TestDatabase } from '../support/database.ts';
import { EMERGENCY_CASE } from '../support/open-emergency.ts';
import { furnish } from '../system/furnished.ts';
import { type Installation, useInstallations } from '../system/installation.ts';
import { type Service, startService } from '../system/service.ts';
import { muster } from './cli.ts';
import { withRuntimeOf } from './runtime.ts';

const newInstallation = useInstallations();
let installation: Installation;
let service: Service;
let alert: Alert;
closeReceivers();

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  await withRuntimeOf(installation, ({ db }) => fill(db));
  service = await startService(installation);
}, 180_000);

/** What lies on the shelf of every test here, who may have it, and which names are not unique. */
async function fill(db: Database): Promise<void> {
  const shelf = shelfOf({ db } as TestDatabase);
  await db.transaction(async (tx) => {
    for (const name of ['Night shift', 'Day shift']) {
      const origin = { actor: { principalId: null, name: 'test' } };
      const { id } = await createPrincipal(tx, { kind: 'team', name, roles: [] }, origin);
      await insertTeam(tx, id);
    }
  });
  const [ownerId] = (await db.rows<{ id: string }>("SELECT id FROM principal WHERE name = 'Night shift'")).map(
    ({ id }) => id,
  );
  await shelf.add('project', { code: 'P-7', name: 'Day shift', owner_id: ownerId, owner_kind: 'team' });
  await db.transaction(async (tx) => {
    const origin = { actor: { principalId: null, name: 'test' } };
    const principal = await createPrincipal(tx, { kind: 'team', name: 'Desk', roles: ['operator'] }, origin);
    const emergency = { subject: EMERGENCY_CASE, event: 'notification', severity: 'emergency' } as const;
    await reportEvent(tx, { principal, requestId: newId() }, emergency);
  });
  alert = await makeAlert(db);
  const site = await shelf.site('NORTH');
  for (const code of ['SHELF-8', 'SHELF-9']) await shelf.site(code);
  const psu = await shelf.part({ manufacturer: 'Acme', part_number: 'PSU-750W', name: 'Power supply 750 W' });
  for (const number of [1, 2, 3]) await shelf.unit(psu, site, { serial: `SN-${number}`, asset_tag: `A-000${number}` });
  const fan = await shelf.part({ manufacturer: 'Acme', part_number: 'FAN', name: 'Fan' });
  for (const number of [1, 2, 3, 4])
    await shelf.unit(fan, site, { serial: `FAN-${number}`, asset_tag: `F-000${number}` });
  const disk = await shelf.part({ manufacturer: 'Acme', part_number: 'DISK-4T', name: 'Disk' });
  await shelf.unit(disk, site, { serial: 'DISK-1' });
  const ups = await shelf.part({ manufacturer: 'Acme', part_number: 'UPS-3K', name: 'UPS', emergency_reserve: 1 });
  await shelf.unit(ups, site, { serial: 'UPS-1' });
  const cable = { part_number: 'CABLE-2M', name: 'Cable', tracking: 'bulk' };
  await shelf.stock(await shelf.part({ manufacturer: 'Acme', ...cable }), site, 20);
  await shelf.part({ manufacturer: 'Other', ...cable });
  const model = await shelf.model('Server X');
  await shelf.fit({ device_model_id: model, part_id: disk });
  const product = await shelf.product('Database Standard');
  await shelf.entitlement(product, {
    name: 'North',
    metric: 'concurrent',
    quantity: 3,
    ends_on: '2999-12-31',
    term: 'term',
  });
}

const cli = (...args: string[]) => muster(installation, args);

interface Outcome {
  readonly allocation: {
    readonly id: string;
    readonly code: string;
    readonly createdBy: unknown;
    readonly lines: readonly { readonly id: string; readonly state: string; readonly quantity: number }[];
  };
  readonly issuedFrom: readonly { readonly location: string }[];
}

interface PartRow {
  readonly part: { readonly partNumber: string };
  readonly freeWithoutReserve: number;
  readonly usable: number;
  readonly held: number;
  readonly issued: number;
}

const partRow = async (partNumber: string): Promise<PartRow | undefined> => {
  const listed = await cli('spare', 'list', '--search', partNumber, '--json');
  return listed.json<{ items: PartRow[] }>().items.find((item) => item.part.partNumber === partNumber);
};

const takeBack = async (code: string) => expect((await cli('spare', 'return', code)).code).toBe(0);

describe('muster spare beside a running service', () => {
  it('hands out pieces of a part, lists who has them, and takes them back', async () => {
    const out = await cli(
      ...['spare', 'checkout', '--part', 'psu-750w', '--quantity', '2', '--holder', 'night SHIFT', '--purpose', 'loan'],
      ...['--due', '2999-12-01', '--json'],
    );
    expect(out.stderr).toBe('');
    const { allocation, issuedFrom } = out.json<Outcome>();
    expect(allocation).toMatchObject({
      form: 'checkout',
      purpose: 'loan',
      holder: { kind: 'team', name: 'Night shift' },
      createdBy: null,
      lines: [
        { state: 'issued', quantity: 1, dueAt: '2999-12-01T23:59:59Z' },
        { state: 'issued', quantity: 1 },
      ],
    });
    expect(issuedFrom.map(({ location }) => location)).toEqual(['NORTH', 'NORTH']);
    expect(await partRow('PSU-750W')).toMatchObject({ freeWithoutReserve: 1, usable: 1, held: 0, issued: 2 });
    const pieces = (await cli('spare', 'list', '--part', 'Acme PSU-750W')).stdout;
    expect(pieces).toMatch(
      new RegExp(`^SN-\\d +A-000\\d +issued .*Night shift +${allocation.code} +2999-12-01T23:59:59Z$`, 'm'),
    );
    const audit = await service.api.request('GET', `/api/v1/audit-entries?limit=10`);
    expect(JSON.stringify(audit.body)).toMatch(/muster command, run by /);

    const back = await cli('spare', 'return', allocation.code);
    expect([back.code, back.stderr]).toEqual([0, '']);
    expect(back.stdout).toMatch(new RegExp(`^${allocation.code}  Night shift \\(team\\), loan\n`));
    expect(back.stdout.match(/ returned/g)).toHaveLength(2);
    expect(await partRow('PSU-750W')).toMatchObject({ freeWithoutReserve: 3, issued: 0 });
    const again = await cli('spare', 'return', allocation.code);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: `muster: Nothing is out by ${allocation.code}\n` });
  });

  it('refuses what is short with what there is, and takes nothing', async () => {
    const out = await cli('spare', 'checkout', '--part', 'PSU-750W', '--quantity', '4', '--holder', 'Night shift');
    expect([out.code, out.stdout]).toEqual([1, '']);
    expect(out.stderr).toMatch(/^muster: Nothing was taken: line 1: .*PSU-750W.*NORTH[^\n]*\n$/);
    const json = await cli(
      'spare',
      'checkout',
      '--part',
      'PSU-750W',
      '--quantity',
      '4',
      '--holder',
      'Night shift',
      '--json',
    );
    expect(JSON.parse(json.stderr)).toMatchObject({ error: 'not-enough-stock', fields: [{ field: '#/lines/0' }] });
    expect(await partRow('PSU-750W')).toMatchObject({ freeWithoutReserve: 3, issued: 0 });
  });

  it('gives the last piece of the reserve to an emergency only, which says why', async () => {
    const want = ['spare', 'checkout', '--part', 'UPS-3K', '--holder', 'Night shift'];
    const loan = await cli(...want, '--json');
    expect([loan.code, JSON.parse(loan.stderr).error]).toEqual([1, 'reserve-needed']);
    const emergency = [
      ...want,
      '--purpose',
      'incident',
      '--severity',
      'emergency',
      '--reserve-reason',
      'power is out',
      '--case',
      EMERGENCY_CASE,
    ];
    const taken = await cli(...emergency);
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    expect(taken.stdout).toMatch(
      /^CO-\d+ {2}Night shift \(team\), incident, emergency\n.*\nUPS-3K +1 +UPS-1 +issued, from reserve +NORTH +not stated\n$/,
    );
    await takeBack('ups-1');
  });

  it('takes several things at once: each quantity belongs to what is named before it', async () => {
    const out = await cli(
      ...['spare', 'checkout', '--unit', 'f-0002', '--part', 'Acme CABLE-2M', '--quantity', '5', '--part', 'FAN'],
      ...['--holder', 'team:Day shift', '--json'],
    );
    expect(out.stderr).toBe('');
    const { allocation } = out.json<Outcome>();
    expect(allocation.lines.map(({ quantity }) => quantity)).toEqual([1, 5, 1]);
    const consumed = await cli(
      ...[
        'spare',
        'return',
        allocation.code,
        '--part',
        'Acme CABLE-2M',
        '--quantity',
        '3',
        '--condition',
        'consumed',
        '--json',
      ],
    );
    const states = consumed.json<Outcome['allocation']>().lines.map(({ state, quantity }) => `${quantity} ${state}`);
    expect(states.toSorted()).toEqual(['1 issued', '1 issued', '2 issued', '3 consumed']);
    const tooMany = await cli('spare', 'return', allocation.code, '--part', 'Acme CABLE-2M', '--quantity', '3');
    expect(tooMany).toMatchObject({ code: 1, stderr: expect.stringContaining('2 are out') });
    await takeBack('F-0002');
    await takeBack(allocation.code);
  });

  it('finds what serves in place of a failed device, and swaps it in one act', async () => {
    const muster = await withService();
    const out = await cli(
      ...['spare', 'checkout', '--device', 'server x', '--holder', 'Night shift', '--purpose', 'maintenance', '--json'],
    );
    expect(out.stderr).toBe('');
    const { code } = out.json<Outcome>().allocation;
    const swapped = await cli(
      ...['spare', 'deploy', code, '--service', muster, '--failed', 'SN-DEAD', '--vendor-case', 'RMA-118', '--json'],
    );
    expect(swapped.stderr).toBe('');
    expect(swapped.json()).toMatchObject({
      lines: [{ state: 'deployed' }],
      deployment: { failed: { isNew: true }, replenishmentId: expect.any(String) },
    });
    const scanned = await cli('spare', 'scan', 'sn-dead');
    expect(scanned.stdout).toMatch(/^Unit SN-DEAD of DISK-4T .*in repair/);
  });

  it('tells what a code stands for', async () => {
    const tag = await cli('spare', 'scan', 'f-0004');
    expect(tag).toMatchObject({ code: 0, stderr: '' });
    expect(tag.stdout).toMatch(
      /^Unit FAN-4 of FAN \(Fan\), asset tag F-0004: in stock, at NORTH\nNext: check-out, hold\n$/,
    );
    const place = await cli('spare', 'scan', 'north', '--json');
    expect(place.json()).toMatchObject({ matches: [{ kind: 'location', location: { code: 'NORTH' } }] });
    expect(await cli('spare', 'scan', 'nothing-here')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^muster: Nothing has the code nothing-here/),
    });
  });

  it.each([
    ['a part that is not there', ['--part', 'NOPE', '--holder', 'Night shift'], /There is no part NOPE/],
    ['a part of two makers', ['--part', 'CABLE-2M', '--holder', 'Night shift'], /"Acme CABLE-2M", "Other CABLE-2M"/],
    ['a holder of two kinds', ['--part', 'PSU-750W', '--holder', 'day shift'], /"project:Day shift", "team:Day shift"/],
    ['nobody', ['--part', 'PSU-750W', '--holder', 'nobody'], /There is no holder nobody/],
    ['nothing', ['--holder', 'Night shift'], /Name what to hand out/],
    [
      'a quantity of nothing',
      ['--quantity', '2', '--part', 'PSU-750W', '--holder', 'Night shift'],
      /--quantity follows/,
    ],
    ['no date', ['--part', 'PSU-750W', '--holder', 'Night shift', '--due', 'tomorrow'], /dueAt/],
    [
      'an incident without severity',
      ['--part', 'PSU-750W', '--holder', 'Night shift', '--purpose', 'incident'],
      /severity/,
    ],
  ])('refuses to hand out %s, with exit status 2', async (_title, args, message) => {
    const refused = await cli('spare', 'checkout', ...args);
    expect([refused.code, refused.stdout]).toEqual([2, '']);
    expect(refused.stderr).toMatch(message);
  });
});

describe('muster licence beside a running service', () => {
  it('hands out seats as long as there are any, and shows how they stand', async () => {
    const out = await cli(
      ...['licence', 'checkout', '--product', 'database standard', '--seats', '2', '--holder', 'Night shift', '--json'],
    );
    expect(out.stderr).toBe('');
    const { code } = out.json<Outcome>().allocation;
    const listed = await cli('licence', 'list', '--product', 'Contoso Database Standard');
    expect(listed.stdout).toMatch(/^North +Contoso Database Standard +concurrent +3 +1 +2 +0 +2999-12-31$/m);
    const refused = await cli(
      'licence',
      'checkout',
      '--entitlement',
      'north',
      '--seats',
      '2',
      '--holder',
      'Night shift',
    );
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^muster: .*\b2\b.*\b1\b/s);
    await takeBack(code);
    expect((await cli('licence', 'list', '--json')).json()).toMatchObject({
      items: [{ usage: { freeWithoutReserve: 3, issued: 0 } }],
    });
  });

  it('lists what ends soon, and refuses what contradicts itself', async () => {
    expect((await cli('licence', 'list', '--ending-in-days', '36500')).stdout).toBe('nothing ends within 36500 days\n');
    const position = await cli('licence', 'position', '--product', 'Database Standard');
    expect(position.stdout).toMatch(/\n\S.*Database Standard +concurrent +3 +0 +0 +0 +3\n$/);
    expect((await cli('licence', 'position', '--over')).stdout).toBe('nothing is over\n');
    expect((await cli('licence', 'position', '--at', 'yesterday')).code).toBe(2);
    expect((await cli('expiring', '--what', 'term')).stdout).toBe('nothing ends within 90 days\n');
    const both = await cli('licence', 'list', '--product', 'x', '--search', 'y');
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('one of --product')]);
    const neither = await cli('licence', 'checkout', '--holder', 'Night shift');
    expect([neither.code, neither.stderr]).toEqual([2, expect.stringContaining('either --product or --entitlement')]);
  });
});

describe('muster incident', () => {
  it('takes down what is reported, lists what is open, and shows what has happened', async () => {
    const open = (by: string) =>
      cli(...['incident', 'open', 'Orders time out', '--severity', 'important', '--reporter', 'Hall 2', '--by', by]);
    const opened = await open('Desk');
    expect([opened.code, opened.stderr]).toEqual([0, '']);
    const number = /INC-\d{4}-\d{6}/.exec(opened.stdout)?.[0] ?? '';
    expect((await cli('incident', 'list')).stdout).toMatch(new RegExp(`${number} +important +receive`));
    const shown = await cli('incident', 'show', number.toLowerCase());
    expect(shown.stdout).toMatch(/Not known yet +symptom, scope[\s\S]*clock-started +Desk +clock respond/);
    expect((await open('Night shift')).stderr).toContain('may not work on incidents');
    expect((await cli('incident', 'show', 'INC-1999-000001')).code).toBe(2);
  });
});

describe('muster alert', () => {
  it('lists what is open with who was told, takes it on, says who is next and why, and silences it', async () => {
    const listed = await cli('alert', 'list');
    expect([listed.code, listed.stderr]).toEqual([0, '']);
    const told = 'nobody on call; in their place administrators';
    const line = `^${alert.id}  \\S+ +(open|acknowledged).* ${alert.ruleName}: orders  ${told}$`;
    expect(listed.stdout).toMatch(new RegExp(line, 'm'));
    const acknowledge = (by: string) =>
      cli(...['alert', 'acknowledge', alert.id, '--by', by, '--remind-in', '30', '--note', 'On my way']);
    expect(await acknowledge('Night shift')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('may not work on alerts'),
    });
    expect((await acknowledge('Desk')).stdout).toMatch(/: orders: taken on by Desk, told again at \S+Z if/);
    const shown = await cli('alert', 'show', alert.id);
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    expect(shown.stdout).toMatch(/^State +acknowledged, told again at /m);
    expect(shown.stdout).toMatch(/^Value +25 \(test.load\)\nThresholds +\S+: 10 or more, until below 5$/m);
    expect(shown.stdout).toMatch(/^Told next +nobody: (somebody has taken it on|silence)$/m);
    expect(shown.stdout).toMatch(/^\S+Z +acknowledged +\S+ +25 +Desk +On my way$/m);
    expect(shown.stdout).toMatch(/nobody: [^;]+; administrators \(nobody else was found: administrator\)$/m);
    const silence = (rule: string) =>
      cli(...['alert', 'silence', '--by', 'Desk', '--for', '5', '--reason', 'Test', '--rule', rule, '--json']);
    expect((await silence(alert.ruleName.toUpperCase())).json()).toMatchObject({
      ruleId: alert.ruleId,
      kind: 'silence',
    });
    expect(await silence('no rule')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no alert rule named no rule'),
    });
  });
});

describe('muster channel', () => {
  it('sends a real test message, and ends with 1 when it does not arrive', async () => {
    const receiver = await startReceiver();
    const { origin } = new URL(receiver.url);
    const { items } = await service.api.get<{ items: { id: string }[] }>('/teams?limit=1');
    const name = `Hook ${newId()}`;
    await service.api.post('/notification-channels', { name, ownerId: items[0]?.id, webhook: { url: receiver.url } });
    const test = () => muster(installation, ['channel', 'test', name], { MUSTER_EGRESS_ALLOW: origin });
    expect(await test()).toMatchObject({
      code: 0,
      stdout: `${name}: arrived at ${origin}: answered 204\n`,
      stderr: '',
    });
    receiver.answer = answering(503);
    expect(await test()).toMatchObject({ code: 1, stdout: `${name}: failed at ${origin}: answered 503\n` });
    expect(receiver.received).toHaveLength(2);
    expect((await cli('channel', 'list')).stdout).toMatch(new RegExp(`^${name} +webhook +${origin} `, 'm'));
    expect((await cli('channel', 'test', 'Hook')).code).toBe(2);
  });
});

describe('muster stocktake', () => {
  it('opens, counts from a file, closes, and shows the differences when two people have counted', async () => {
    const file = join(installation.data, 'shelf.csv');
    await writeFile(file, 'scan;quantity;location\nUPS-1;;SHELF-9\n');
    const opened = await cli('stocktake', 'open', 'SHELF-9', '--name', 'Shelf 9', '--json');
    expect(opened.code).toBe(0);
    const { id } = opened.json<{ id: string }>();
    const count = (...more: string[]) => cli('stocktake', 'count', id, file, '--by', 'Night shift', ...more);
    expect((await count()).stdout).toBe('Taken down: 1 lines, of which 0 nothing bears\n');
    expect((await cli('stocktake', 'show', id)).stdout).not.toContain('UPS-1');
    const closed = await cli('stocktake', 'close', id, '--by', 'Night shift');
    expect([closed.code, closed.stdout]).toEqual([0, expect.stringContaining('review, round 1')]);
    expect((await cli('stocktake', 'show', id)).stdout).toMatch(
      /\nmisplaced +UPS-1 +UPS-3K +NORTH +SHELF-9 +1 +1 +move-here\n/,
    );
    expect((await cli('stocktake', 'list', '--state', 'review')).stdout).toContain(id);
    await writeFile(file, 'scan\nUPS-1\n');
    const late = await count();
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('has been counted')]);
  });

  it('says which line of a file is wrong, and takes nothing down', async () => {
    const file = join(installation.data, 'wrong.csv');
    await writeFile(file, 'scan,quantity\nUPS-1,\nCABLE-2M,many\n');
    const { id } = (await cli('stocktake', 'open', 'SHELF-8', '--name', 'Shelf 8', '--json')).json<{ id: string }>();
    const wrong = await cli('stocktake', 'count', id, file, '--by', 'Night shift');
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('line 3, quantity')]);
    const again = await cli('stocktake', 'open', 'SHELF-8', '--name', 'again');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('counted by an open stocktake already')]);
  });
});

it('without a running service the commands do the work themselves', async () => {
  expect((await service.stop()).code).toBe(0);
  const out = await cli('spare', 'checkout', '--unit', 'F-0003', '--holder', 'project:P-7', '--json');
  expect([out.code, out.stderr]).toEqual([0, '']);
  await takeBack('FAN-3');
  const verified = await cli('audit', 'verify', '--json');
  expect(verified.code).toBe(0);
}, 90_000);

/** The name of a service that things can go into. */
async function withService(): Promise<string> {
  const answer = await service.api.request('GET', '/api/v1/services');
  const [first] = (answer.body as { items: { name: string }[] }).items;
  if (!first) throw new Error('no service');
  return first.name;
}
