import { beforeAll, describe, expect, test } from 'vitest';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { makeCategory, makeDeviceModel } from '../inventory/support.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { checked, exported, imported, linesOf, troublesOf } from './support.ts';

const database = useDatabase();

const LOCATIONS = `code,name,kind,parent
R1,Rack 1,rack,M1
S1,Main site,site,
M1,Machine room,room,S1
B1,Bin 1,bin,R1
`;
const PARTS = `manufacturer,part_number,name,category,tracking,unit_cost,currency,reorder_point,reorder_quantity
Sample Co,PSU-750,Power supply,Power,serial,129.50,EUR,,
Sample Co,SCREW-M5,"Screw ""M5""
with a line break",Power,bulk,0.05,EUR,100,500
`.replace('"Screw ""M5""\nwith a line break"', '"Screw ""M5"""');
const UNITS = `manufacturer,part_number,serial,asset_tag,location,condition,warranty_until,note
sample co,psu-750,SN-1,AT-1,b1,,2027-12-31,"two
lines"
Sample Co,PSU-750,SN-2,,B1,damaged,,=SUM(A1)
`;
const STOCK = `manufacturer,part_number,location,lot,quantity
Sample Co,SCREW-M5,B1,L1,200
Sample Co,SCREW-M5,Rack 1,,50
`;

const FITS = `manufacturer,part_number,device_manufacturer,device_model,replaced_manufacturer,replaced_part_number,rank,conditions
sample co,psu-750,sample co,srv-1,,,1,
Sample Co,PSU-750,,,Sample Co,SCREW-M5,2,"Only with
an adapter"
`;

beforeAll(async () => {
  await makeCategory(database.db, { name: 'Power' });
  await makeDeviceModel(database.db, { manufacturer: 'Sample Co', model: 'SRV-1' });
  for (const [kind, file] of [
    ['locations', LOCATIONS],
    ['parts', PARTS],
    ['fits', FITS],
    ['units', UNITS],
    ['stock', STOCK],
  ] as const) {
    const found = await checked(database.db, kind, file);
    expect(await troublesOf(database.db, found)).toEqual([]);
    expect((await imported(database.db, kind, file)).state).toBe('applied');
  }
});

const rows = <Row>(sql: string) => database.db.rows<Row>(sql);
const isSound = async () => (await verifyLedger({ db: database.db, onProgress: () => undefined })).sound;

describe('what was imported', () => {
  test('is there, and the ledger sums to it', async () => {
    expect(await rows('SELECT serial, state, condition, asset_tag, note FROM unit ORDER BY serial')).toEqual([
      { serial: 'SN-1', state: 'in_stock', condition: 'new', asset_tag: 'AT-1', note: 'two\nlines' },
      { serial: 'SN-2', state: 'quarantined', condition: 'damaged', asset_tag: null, note: '=SUM(A1)' },
    ]);
    expect(await rows('SELECT lot, quantity FROM stock ORDER BY lot')).toEqual([
      { lot: '', quantity: 50 },
      { lot: 'L1', quantity: 200 },
    ]);
    expect(await rows('SELECT count(*)::integer AS count FROM movement WHERE kind = $$receive$$')).toEqual([
      { count: 4 },
    ]);
    expect(await isSound()).toBe(true);
  });

  test.each([
    ['locations', LOCATIONS, 4],
    ['parts', PARTS, 2],
    ['fits', FITS, 2],
    ['units', UNITS, 2],
    ['stock', STOCK, 2],
  ] as const)('changes nothing when the same file of %s comes again', async (kind, file, count) => {
    const again = await imported(database.db, kind, file);
    expect(again.counts).toEqual({ lines: count, creates: 0, updates: 0, unchanged: count, errors: 0 });
  });

  test.each(['locations', 'parts', 'fits', 'units', 'stock'] as const)(
    'changes nothing when an export of %s comes back',
    async (kind) => {
      const file = await exported(database.db, kind);
      const again = await imported(database.db, kind, file);
      expect(await troublesOf(database.db, again)).toEqual([]);
      expect(again.counts).toMatchObject({ creates: 0, updates: 0, errors: 0 });
      expect(await exported(database.db, kind)).toBe(file);
    },
  );

  test('is in the audit trail once, with the digest of the file and what it did', async () => {
    const done = await imported(database.db, 'stock', STOCK.replace('200', '150'));
    const [entry] = await auditOf(database.db, 'import', done.id);
    expect(entry).toMatchObject({
      action: 'import.apply',
      details: { kind: 'stock', fileName: 'stock.csv', sha256: done.sha256, lines: 2, updates: 1, unchanged: 1 },
    });
    expect(await linesOf(database.db, done)).toMatchObject([
      { line: 2, outcome: 'update', changes: [{ field: 'quantity', before: '200', after: '150' }] },
      { line: 3, outcome: 'unchanged', changes: [] },
    ]);
    expect(await rows(`SELECT kind, quantity, reason FROM movement WHERE batch_id = '${done.id}'`)).toEqual([
      { kind: 'adjust', quantity: 50, reason: 'Import of a file' },
    ]);
    await imported(database.db, 'stock', STOCK);
    expect(await isSound()).toBe(true);
  });
});

describe('a line that changes something', () => {
  test('says what, and leaves what its cells do not say', async () => {
    const file = `manufacturer,part_number,serial,asset_tag,supplier,location
Sample Co,PSU-750,sn-1,-,Some supplier,R1
`;
    const found = await checked(database.db, 'units', file);
    expect((await linesOf(database.db, found))[0]).toMatchObject({
      outcome: 'update',
      changes: [
        { field: 'asset_tag', before: 'AT-1', after: null },
        { field: 'location', before: 'B1', after: 'R1' },
        { field: 'supplier', before: null, after: 'Some supplier' },
      ],
    });
    const done = await imported(database.db, 'units', file);
    expect(await rows(`SELECT kind, to_state FROM movement WHERE batch_id = '${done.id}'`)).toEqual([
      { kind: 'transfer', to_state: 'in_stock' },
    ]);
    expect(await rows(`SELECT serial, asset_tag, note FROM unit WHERE supplier = 'Some supplier'`)).toEqual([
      { serial: 'SN-1', asset_tag: null, note: 'two\nlines' },
    ]);
    expect(await isSound()).toBe(true);
  });

  test('moves a location with its parent, which may come in the same file', async () => {
    const file = `code,name,kind,parent
b1,,,R2
R2,Rack 2,rack,M1
`;
    const done = await imported(database.db, 'locations', file);
    expect(done.counts).toMatchObject({ creates: 1, updates: 1 });
    expect(
      await rows(`SELECT p.code FROM location l JOIN location p ON p.id = l.parent_id WHERE l.code = 'B1'`),
    ).toEqual([{ code: 'R2' }]);
  });

  test('changes how well a part serves, and keeps what it serves for', async () => {
    const file = `part_number,manufacturer,device,device_manufacturer,rank,quantity,conditions
PSU-750,Sample Co,Srv-1,SAMPLE CO,3,2,Loud
`;
    const done = await imported(database.db, 'fits', file);
    expect((await linesOf(database.db, done))[0]).toMatchObject({
      outcome: 'update',
      changes: [
        { field: 'rank', before: '1', after: '3' },
        { field: 'quantity', before: '1', after: '2' },
        { field: 'conditions', before: null, after: 'Loud' },
      ],
    });
    expect(
      await rows(`SELECT m.model, f.rank, f.quantity, f.conditions, f.version FROM part_fit f
        LEFT JOIN device_model m ON m.id = f.device_model_id ORDER BY f.rank`),
    ).toEqual([
      { model: null, rank: 2, quantity: 1, conditions: 'Only with\nan adapter', version: 1 },
      { model: 'SRV-1', rank: 3, quantity: 2, conditions: 'Loud', version: 2 },
    ]);
  });
});

describe('what is wrong', () => {
  test('with a fit is named by its line, also what only many lines together show', async () => {
    const fits = `manufacturer,part_number,device_manufacturer,device_model,replaced_manufacturer,replaced_part_number,rank
Sample Co,PSU-750,,,,,1
Sample Co,PSU-750,Sample Co,SRV-1,Sample Co,SCREW-M5,1
Sample Co,PSU-750,Sample Co,,,,1
Sample Co,PSU-750,Sample Co,SRV-9,,,1
Sample Co,PSU-750,,,Sample Co,PSU-750,1
Sample Co,PSU-750,,,Sample Co,NONE,1
Sample Co,SCREW-M5,Sample Co,SRV-1,,,0
Sample Co,SCREW-M5,sample co,srv-1,,,
`;
    expect(await troublesOf(database.db, await checked(database.db, 'fits', fits))).toEqual([
      '2 device_model: must be stated, or replaced_part_number: the device or the part that it serves in place of',
      '3 replaced_part_number: must be empty where a device is stated: it serves in place of one of both',
      '4 device_model: goes with device_manufacturer: state both',
      '5 device_model: there is no device model "SRV-9" of "Sample Co": make it first',
      '6 replaced_part_number: is the part itself: a part does not stand in for itself',
      '7 replaced_part_number: there is no part "NONE" of "Sample Co": bring the parts in first',
      '8 rank: "0" must be a whole number from 1 to 1000, without separators',
      '9 rank: must be stated for a new fit',
      '9 part_number: is there twice, first in line 8',
    ]);
    const numbers = Array.from({ length: 100 }, (_, index) => `MANY-${index}`);
    const parts = numbers.map((number) => `Sample Co,${number},Many,Power,bulk\n`).join('');
    await imported(database.db, 'parts', `manufacturer,part_number,name,category,tracking\n${parts}`);
    const many = numbers.map((number) => `Sample Co,${number},Sample Co,SRV-1,5\n`).join('');
    const file = `manufacturer,part_number,device_manufacturer,device_model,rank\n${many}`;
    expect(await troublesOf(database.db, await checked(database.db, 'fits', file))).toEqual([
      '101 part_number: would be one of more than 100 parts that serve for it',
    ]);
  });

  test('is named by line and column, with what would be right', async () => {
    const units = `manufacturer,part_number,serial,asset_tag,state,location,condition,warranty_until
Sample Co,PSU-750,SN-9,bad tag,lost,NOWHERE,shiny,31/12/2027
Sample Co,NONE,SN-9,,,B1,,
Sample Co,SCREW-M5,SN-9,,,B1,,
Sample Co,PSU-750,,,,B1,,
Sample Co,PSU-750,SN-8,AT-8,,,,
Sample Co,PSU-750,SN-7,AT-8,,B1,,
Sample Co,PSU-750,sn-7,,,B1,damaged
`;
    expect(await troublesOf(database.db, await checked(database.db, 'units', units))).toEqual([
      '2 asset_tag: "bad tag" must be 1 to 40 letters, digits and . _ / -, first a letter or digit',
      '2 condition: "shiny" must be one of new, good, worn, damaged',
      '2 warranty_until: "31/12/2027" must be a day from 1970 on, written as 2026-12-31',
      '2 location: there is no location "NOWHERE": bring the locations in first',
      '2 state: "lost" is no state to begin with: it must be in_stock or quarantined',
      '3 part_number: there is no part "NONE" of "Sample Co": bring the parts in first',
      '4 part_number: is kept in bulk: bring it in as stock',
      '5 serial: must not be empty: it says which unit is meant',
      '6 location: must be stated for a new unit',
      '7 asset_tag: is there twice, first in line 6',
      '8 -: has 7 values, not 8',
      '8 serial: is there twice, first in line 7',
    ]);
    const locations = `code,name,kind,parent
X1,X,rack,X2
X2,X,bin,S1
X3,X,room,
X4,X,site,S1
X5,X,room,NONE
M1,,bin,
x1,,,
`;
    expect(await troublesOf(database.db, await checked(database.db, 'locations', locations))).toEqual([
      '2 parent: a rack does not lie in the bin X2',
      '4 parent: must be stated: a room lies in another location, only a site in none',
      '5 parent: must be empty: a site lies in none',
      '6 parent: there is no location "NONE", neither here nor in the file',
      '7 kind: cannot be bin: a larger or equal location lies in it',
      '8 name: must be stated for a new location',
      '8 kind: must be stated for a new location',
      '8 code: is there twice, first in line 2',
    ]);
    const parts = `manufacturer,part_number,name,category,tracking,unit_cost,mtbf_hours,custom
Sample Co,PSU-750,,,bulk,,,
Sample Co,NEW,N,Nothing,serial,"1.234,56",1e3,
Sample Co,NEW2,N,Power,serial,12,,
Sample Co,NEW3,N,Power,serial,,,"{""watts"": 5}"
`;
    expect(await troublesOf(database.db, await checked(database.db, 'parts', parts))).toEqual([
      '2 tracking: cannot be changed by an import: it is serial',
      '3 mtbf_hours: "1e3" must be a whole number from 1 to 1000000000, without separators',
      '3 unit_cost: "1.234,56" must be a number such as 1234.5, at most 999999999999.99 and with at most 2 decimals; the decimal mark of this file is .',
      '3 category: there is no category "Nothing": make it first',
      '4 currency: a cost goes with a currency: state both or none',
      '5 custom: watts is not a field of the category',
    ]);
  });

  test('keeps all of the file from being applied', async () => {
    const before = await exported(database.db, 'units');
    const file =
      'manufacturer,part_number,serial,location\nSample Co,PSU-750,SN-50,B1\nSample Co,PSU-750,SN-51,NOWHERE\n';
    await expect(imported(database.db, 'units', file)).rejects.toMatchObject({ code: 'import-has-errors' });
    expect(await exported(database.db, 'units')).toBe(before);
  });
});
