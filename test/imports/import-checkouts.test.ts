import { beforeAll, describe, expect, test } from 'vitest';
import { systemCaller } from '../../src/auth/system-caller.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../http/support.ts';
import { makeStock, makeUnit } from '../inventory/stock-support.ts';
import { makeLocation, makePart } from '../inventory/support.ts';
import { useDatabase } from '../support/database.ts';
import { checked, exported, imported, troublesOf } from './support.ts';

const database = useDatabase();
const rows = <Row>(sql: string) => database.db.rows<Row>(sql);
let here: { id: string };

beforeAll(async () => {
  here = await makeLocation(database.db, { code: 'B1' });
});

/** A holder and things that lie here, with names that nothing else of the file has. */
async function shelf() {
  const name = `Holder ${newId()}`;
  const [{ id = '' } = {}] = await rows<{ id: string }>(
    `INSERT INTO principal (id, kind, name, roles) VALUES (gen_random_uuid(), 'team', '${name}', '{}') RETURNING id`,
  );
  await database.db.execute('INSERT INTO team (id) VALUES ($1)', [id]);
  const number = newId().slice(-12);
  const part = await makePart(database.db, 'serial', { manufacturer: 'Sample Co', partNumber: `U-${number}` });
  const bulk = await makePart(database.db, 'bulk', { manufacturer: 'Sample Co', partNumber: `F-${number}` });
  const assetTag = `T-${number}`;
  const units = [
    await makeUnit(database.db, { partId: part.id, locationId: here.id, assetTag }),
    await makeUnit(database.db, { partId: part.id, locationId: here.id }),
  ] as const;
  await makeStock(database.db, { partId: bulk.id, locationId: here.id, quantity: 10 });
  return { name, assetTag, serial: units[1].serial, part: `Sample Co,U-${number}`, bulk: `Sample Co,F-${number}` };
}

const HEADER = 'Assigned to,Asset tag,Brand,MPN,S/N,Qty,Due,Notes,Location';
const MAP = { mapping: { name: null, headers: { serial: 'S/N' } } };
const troubles = async (lines: readonly string[]) =>
  troublesOf(database.db, await checked(database.db, 'checkouts', `${HEADER}\n${lines.join('\n')}\n`, MAP));

describe('a list of who has what', () => {
  test('hands it out as by hand: an allocation, a movement and an audit entry for each line, once', async () => {
    const { name, assetTag, serial, part, bulk } = await shelf();
    const file = `${HEADER}
${name.toUpperCase()},${assetTag},,,,,2099-12-31,With a case,
${name},,${part},${serial},,,,
${name},,${bulk},,4,,,B1
`;
    expect((await checked(database.db, 'checkouts', file, MAP)).counts).toMatchObject({ creates: 3, errors: 0 });
    expect(
      await rows(`SELECT FROM allocation a JOIN principal p ON p.id = a.holder_id WHERE p.name = '${name}'`),
    ).toEqual([]);
    expect((await imported(database.db, 'checkouts', file, MAP)).counts).toMatchObject({ creates: 3 });
    expect(
      await rows(`SELECT a.form, a.purpose, a.note, l.kind, l.state, l.quantity, l.due_at::text AS due,
          (SELECT count(*)::integer FROM movement m WHERE m.line_id = l.id AND m.kind = 'issue') AS movements,
          (SELECT count(*)::integer FROM audit_entry e WHERE e.subject_id = a.id::text AND e.action = 'allocation.checkout') AS entries
        FROM allocation a JOIN allocation_line l ON l.allocation_id = a.id JOIN principal p ON p.id = a.holder_id
        WHERE p.name = '${name}' ORDER BY a.number`),
    ).toEqual([
      { ...LOAN, note: 'With a case', kind: 'unit', quantity: 1, due: '2099-12-31 23:59:59+00' },
      { ...LOAN, note: null, kind: 'unit', quantity: 1, due: null },
      { ...LOAN, note: null, kind: 'stock', quantity: 4, due: null },
    ]);
    const again = await imported(database.db, 'checkouts', file, MAP);
    expect(again.counts).toEqual({ lines: 3, creates: 0, updates: 0, unchanged: 3, errors: 0 });
    expect((await verifyLedger({ db: database.db })).sound).toBe(true);
  });

  test('comes back from its export as it is', async () => {
    const { name, assetTag, bulk } = await shelf();
    await imported(
      database.db,
      'checkouts',
      `${HEADER}\n${name},${assetTag},,,,,2099-01-31,,\n${name},,${bulk},,2,,,\n`,
      MAP,
    );
    const file = await exported(database.db, 'checkouts');
    expect(file).toContain(`${name},team,${assetTag},`);
    const again = await imported(database.db, 'checkouts', file);
    expect(await troublesOf(database.db, again)).toEqual([]);
    expect(again.counts).toMatchObject({ creates: 0, updates: 0 });
    expect(await exported(database.db, 'checkouts')).toBe(file);
  });
});

const LOAN = { form: 'checkout', purpose: 'loan', state: 'issued', movements: 1, entries: 1 };

describe('a list of who has what that is wrong', () => {
  test('names what is not there, line by line', async () => {
    const { name, assetTag, serial, part, bulk } = await shelf();
    expect(
      await troubles([
        `Nobody,${assetTag},,,,,,,`,
        `${name},,,,,,,,`,
        `${name},T-none,,,,,,,`,
        `${name},,Sample Co,None,X,,,,`,
        `${name},,${part},none,,,,`,
        `${name},,${part},,2,,,`,
        `${name},${assetTag},${part},${serial},,,,`,
        `${name},${assetTag},${bulk},,,,,`,
        `${name},${assetTag},,,,2,,,`,
        `${name},,${bulk},${serial},,,,`,
        `${name},,${bulk},,1,,,NOWHERE`,
        `${name},,${part},${serial},,2020-01-01,,`,
        `${name},,${bulk},,11,,,`,
      ]),
    ).toEqual([
      '2 holder: there is no person, team, service or project "Nobody" in use',
      '3 asset_tag: must be stated, or manufacturer and part_number: what is out',
      '4 asset_tag: there is no unit "T-none": bring the units in first',
      '5 part_number: there is no part "None" of "Sample Co": bring the parts in first',
      '6 serial: there is no unit "none" of the part: bring the units in first',
      '7 serial: must be stated, or asset_tag: each piece of the part is a unit of its own',
      `8 asset_tag: "${assetTag}" is on another unit than part and serial number say`,
      `9 asset_tag: "${assetTag}" is on another unit than part and serial number say`,
      '10 quantity: must be 1: it is one unit',
      '11 serial: must be empty: the part is kept in bulk',
      '12 location: there is no location "NOWHERE": bring the locations in first',
      expect.stringMatching(/^13 due_on: /),
      expect.stringMatching(/^14 -: /),
    ]);
  });

  test('foresees what its lines together take, and what somebody else has', async () => {
    const [one, other] = [await shelf(), await shelf()];
    await imported(
      database.db,
      'checkouts',
      `${HEADER}\n${one.name},${one.assetTag},,,,,,,\n${one.name},,${one.bulk},,6,,,\n`,
      MAP,
    );
    expect(
      await troubles([
        `${other.name},${one.assetTag},,,,,,,`,
        `${one.name},${one.assetTag},,,,,2099-01-01,,`,
        `${one.name},,${one.bulk},,7,,,`,
        `${other.name},,${one.bulk},,3,,,`,
        `${other.name},,${other.bulk},,3,,,`,
        `${other.name},,${other.bulk},,3,,,`,
        `${one.name},,${other.bulk},,8,,,`,
      ]),
    ).toEqual([
      `2 holder: ${one.name} has it: what is out comes back by a return first`,
      '3 due_on: cannot be changed by an import: it is not known',
      '4 quantity: the holder has 6 of them already: hand more out, or take some back, by hand',
      '7 part_number: is there twice, first in line 6',
      expect.stringMatching(/^8 -: /),
    ]);
  });

  test('is judged by what its sender may do, and keeps all of it from being handed out', async () => {
    const { name, assetTag, bulk } = await shelf();
    const viewer = await makeCaller(database.db, `viewer ${newId()}`, ['viewer']);
    const caller = { ...systemCaller('x'), principal: viewer.principal };
    const csv = `${HEADER}\n${name},${assetTag},,,,,,,\n${name},,${bulk},,11,,,\n`;
    await expect(imported(database.db, 'checkouts', csv, { ...MAP, caller })).rejects.toMatchObject({
      code: 'import-has-errors',
    });
    expect(
      await rows(`SELECT FROM allocation a JOIN principal p ON p.id = a.holder_id WHERE p.name = '${name}'`),
    ).toEqual([]);
  });
});
