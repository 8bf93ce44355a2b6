import { describe, expect, test } from 'vitest';
import type { AppError } from '../../src/kernel/errors.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf, inHours } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

async function refusalOf(work: Promise<unknown>): Promise<AppError> {
  const outcome = await work.then(
    () => undefined,
    (thrown: unknown) => thrown as AppError,
  );
  if (!outcome) throw new Error('It was not refused');
  expect(outcome.kind).toBe('conflict');
  return outcome;
}

const seconds = (iso: string) => iso.replace(/\.\d+Z$/, 'Z');

describe('a refusal', () => {
  test('of a part says what is asked and free, where the rest is, who has it until when, and what is not usable', async () => {
    const [one, two] = [await counter.site('RF-1'), await counter.site('RF-2')];
    const part = await counter.part({ part_number: 'RF-PSU' });
    const better = await counter.part({ part_number: 'RF-PSU-2' });
    await counter.fit({ replaced_part_id: part, part_id: better, conditions: 'another bracket' });
    await counter.units(better, one, 2);
    const [first = ''] = await counter.units(part, one, 3);
    await counter.unit(part, two);
    await counter.unit(part, two, { expires_on: '2020-01-01' });
    await counter.unit(part, two, { test_due_on: '2020-01-01' });
    const out = await counter.checkout([{ unitId: first }], { dueAt: inHours(30) });
    const held = await counter.holdFor(4, [{ partId: part, quantity: 1 }]);
    const refusal = await refusalOf(counter.checkout([{ partId: part, quantity: 4 }]));
    expect(refusal.code).toBe('not-enough-stock');
    const name = out.allocation.holder.name;
    expect(refusal.fields).toEqual([
      {
        field: '#/lines/0',
        message: [
          '4 of RF-PSU asked, 2 free',
          '3 usable: 2 at RF-1, 1 at RF-2',
          '1 of them held',
          `Held: 1 by ${name} (${held.allocation.code}) until ${seconds(inHours(4))}`,
          `Handed out: 1 by ${name} (${out.allocation.code}) due ${seconds(inHours(30))}`,
          'Not usable: 1 untested, 1 expired',
          'Would do instead: RF-PSU-2 (2 free; another bracket)',
        ].join('. '),
      },
    ]);
    expect(refusal.message).toBe(`Nothing was taken: line 1: ${refusal.fields[0]?.message}`);
  });

  test('tells what went out together in one breath', async () => {
    const part = await counter.part({ part_number: 'RF-FAN' });
    await counter.units(part, await counter.site(), 3);
    const { allocation } = await counter.checkout([{ partId: part, quantity: 2 }]);
    await counter.checkout([{ partId: part, quantity: 1 }]);
    const refusal = await refusalOf(counter.checkout([{ partId: part, quantity: 1 }]));
    expect(refusal.message).toMatch(
      new RegExp(`Handed out: 2 by [^,]* \\(${allocation.code}\\) without a due date, 1 by`),
    );
  });

  test('of a unit says who has that one, and that others of the part are free', async () => {
    const part = await counter.part({ part_number: 'RF-DISK' });
    const [unit = '', other = ''] = await counter.units(part, await counter.site(), 3);
    const { allocation } = await counter.checkout([{ unitId: unit }]);
    await counter.checkout([{ unitId: other }]);
    const refusal = await refusalOf(counter.checkout([{ unitId: unit }]));
    expect(refusal.code).toBe('unit-not-available');
    expect(refusal.fields[0]?.message).toMatch(
      new RegExp(
        `^unit SN-${unit} is issued. Handed out: 1 by .* \\(${allocation.code}\\) without a due date. Would do instead: another unit of RF-DISK \\(1 free\\)$`,
      ),
    );
  });

  test('of a unit that is overdue says so: it cannot be handed out again', async () => {
    const part = await counter.part();
    const [unitId = ''] = await counter.units(part, await counter.site(), 1);
    await counter.checkout([{ unitId }], { dueAt: inHours(1) });
    await database.db.execute(`UPDATE allocation_line SET due_at = now() - interval '1 day' WHERE unit_id = $1`, [
      unitId,
    ]);
    for (const lines of [[{ unitId }], [{ partId: part, quantity: 1 }]]) {
      expect((await refusalOf(counter.checkout(lines))).message).toContain(', overdue');
    }
    expect((await refusalOf(counter.reserve([5, 6], [{ unitId }]))).message).toContain('is issued');
  });

  test('names every line that is short, not only the first, and none that is not', async () => {
    const site = await counter.site();
    const [bulk, serial] = [await counter.part({ tracking: 'bulk' }), await counter.part()];
    await counter.stock(bulk, site, 2);
    await counter.unit(serial, site);
    const entitlement = await counter.entitlement(await counter.product(), { quantity: 1 });
    const refusal = await refusalOf(
      counter.checkout([
        { partId: bulk, quantity: 3 },
        { partId: serial, quantity: 1 },
        { entitlementId: entitlement, quantity: 2 },
      ]),
    );
    expect(refusal.fields.map(({ field }) => field)).toEqual(['#/lines/0', '#/lines/2']);
    expect(refusal.message).toMatch(/line 1: 3 of .* asked, 2 free.*; line 3: 2 seats asked, 1 free/);
  });

  test('of seats says how many are in use, by whom, and which other contract has some', async () => {
    const product = await counter.product('RF-DB');
    const full = await counter.entitlement(product, { name: 'Full', quantity: 2 });
    await counter.entitlement(product, { name: 'Spare', quantity: 3 });
    const { allocation } = await counter.checkout([{ entitlementId: full, quantity: 2 }]);
    const refusal = await refusalOf(counter.checkout([{ entitlementId: full, quantity: 1 }]));
    expect(refusal.code).toBe('not-enough-seats');
    expect(refusal.fields[0]?.message).toBe(
      [
        '1 seat asked, 0 free of Contoso RF-DB, Full (2 of 2 in use)',
        `Handed out: 2 by ${allocation.holder.name} (${allocation.code}) without a due date`,
        'Would do instead: Contoso RF-DB, Spare (3 free)',
      ].join('. '),
    );
  });

  test('of an entitlement that has ended says when it ended', async () => {
    const ended = await counter.entitlement(await counter.product(), {
      term: 'term',
      starts_on: '2020-01-01',
      ends_on: '2021-12-31',
    });
    const refusal = await refusalOf(counter.checkout([{ entitlementId: ended, quantity: 1 }]));
    expect([refusal.code, refusal.fields[0]?.message]).toEqual([
      'not-enough-seats',
      expect.stringContaining('2021-12-31'),
    ]);
  });

  test('says when the reserve would have served, and how an emergency asks for it', async () => {
    const part = await counter.part({ emergency_reserve: 1, part_number: 'RF-KEPT' });
    await counter.unit(part, await counter.site('RF-K'));
    const ordinary = await refusalOf(counter.checkout([{ partId: part, quantity: 1 }]));
    expect(ordinary.code).toBe('reserve-needed');
    expect(ordinary.fields[0]?.message).toBe(
      '1 of RF-KEPT asked, 0 free. 1 usable: 1 at RF-K. Kept for emergencies: 1 in all. ' +
        'The emergency reserve would serve it, but only for an incident of severity emergency',
    );
    const incident = { purpose: 'incident', severity: 'emergency' } as const;
    const entitled = await refusalOf(counter.checkout([{ partId: part, quantity: 1 }], incident));
    expect(entitled.code).toBe('reserve-needed');
    expect(entitled.message).toContain('ask for it with `reserve` and a reason');
    const tooMany = await refusalOf(counter.checkout([{ partId: part, quantity: 2 }]));
    expect([tooMany.code, tooMany.message.includes('would serve')]).toEqual(['not-enough-stock', false]);
  });

  test('of a serial number that several parts have lists those parts', async () => {
    const serial = `RF-${newId()}`;
    const site = await counter.site();
    const parts = [
      await counter.part({ part_number: `A-${newId()}` }),
      await counter.part({ part_number: `B-${newId()}` }),
    ];
    const units: string[] = [];
    for (const part of parts) units.push(await counter.unit(part, site, { serial }));
    const refusal = await refusalOf(counter.checkout([{ serial: serial.toLowerCase() }]));
    expect(refusal.code).toBe('ambiguous-serial');
    for (const part of parts) expect(refusal.message).toContain(part);
    const { allocation } = await counter.checkout([{ serial, partId: parts[1] ?? '' }]);
    expect(allocation.lines[0]?.unit?.id).toBe(units[1]);
  });

  test('of things that are not there names all of them', async () => {
    const lines = [
      { unitId: newId() },
      { assetTag: 'nothing' },
      { serial: 'nothing' },
      { partId: newId(), quantity: 1 },
      { stockId: newId(), quantity: 1 },
      { entitlementId: newId(), quantity: 1 },
      { productId: newId(), quantity: 1 },
      { deviceModelId: newId(), quantity: 1 },
    ];
    await expect(counter.checkout(lines)).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'unknown-line',
      fields: lines.map((line, index) => ({ field: `#/lines/${index}/${Object.keys(line)[0]}` })),
    });
  });

  test('of times that do not do names them', async () => {
    const lines = [{ unitId: await counter.unit(await counter.part(), await counter.site()) }];
    const wishes = [
      [() => counter.checkout(lines, { dueAt: inHours(-1) }), '#/dueAt', 'not-ahead'],
      [() => counter.holdFor(-1, lines), '#/expiresAt', 'not-ahead'],
      [() => counter.holdFor(91 * 24, lines), '#/expiresAt', 'too-far-ahead'],
      [() => counter.reserve([5, 5], lines), '#/window/until', 'window-without-length'],
      [() => counter.reserve([-1, 5], lines), '#/window/from', 'not-ahead'],
    ] as const;
    for (const [wish, field, code] of wishes) {
      await expect(wish()).rejects.toMatchObject({ kind: 'unprocessable', code, fields: [{ field }] });
    }
  });

  test('of a named user who has a seat already says so', async () => {
    const entitlement = await counter.entitlement(await counter.product(), { metric: 'named-user', quantity: 5 });
    const line = { entitlementId: entitlement, quantity: 1 };
    const { allocation } = await counter.checkout([line]);
    expect(allocation.lines[0]?.assignee).toBe(allocation.holder.name);
    expect((await refusalOf(counter.holdFor(3, [line]))).message).toContain('this user has a seat of');
    const team = await makeCaller(database.db, { kind: 'team' });
    const holder = { kind: 'team', id: team.principal.id } as const;
    await expect(counter.checkout([line], { holder })).rejects.toMatchObject({ code: 'assignee-needed' });
    await expect(
      counter.checkout(
        [
          { ...line, assignee: 'Ann' },
          { ...line, assignee: 'ANN' },
        ],
        { holder },
      ),
    ).rejects.toMatchObject({
      fields: [{ field: '#/lines/1' }],
    });
    await counter.checkout(
      [
        { ...line, assignee: 'Ann' },
        { ...line, assignee: 'Bo' },
      ],
      { holder },
    );
    await expect(counter.checkout([{ ...line, quantity: 2, assignee: 'Cy' }])).rejects.toMatchObject({
      code: 'one-seat-each',
    });
  });
});
