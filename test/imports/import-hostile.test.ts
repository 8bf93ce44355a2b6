import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { decimalMarkOf } from '../../src/imports/file-form.ts';
import { guarded, unguarded } from '../../src/imports/formula.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { makeLocation, makePart } from '../inventory/support.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { checked, exported, imported, troublesOf } from './support.ts';

const database = useDatabase();
const HEADER = 'manufacturer,part_number,serial,location,note';
const line = (serial: string, note = '') => `Sample Co,PSU-750,${serial},B1,${note}`;

beforeAll(async () => {
  const site = await makeLocation(database.db, { code: 'S1' });
  await makeLocation(database.db, { code: 'B1', parentId: site.id });
  await makePart(database.db, 'serial', { manufacturer: 'Sample Co', partNumber: 'PSU-750' });
});

const troubles = async (csv: string | Uint8Array) => troublesOf(database.db, await checked(database.db, 'units', csv));

describe('a file that is damaged or hostile', () => {
  test.each([
    ['a NUL', `${HEADER}\n${line('SN\0 1')}\n`, '2 serial: "SN? 1" holds a NUL character'],
    [
      'a giant cell',
      `${HEADER}\n${line('SN-1', 'x'.repeat(5000))}\n`,
      /^2 note: "x{60}\.\.\." must be at most 1000 characters long$/,
    ],
    [
      'a giant line',
      `${HEADER}\n${line('SN-1', 'x'.repeat(70_000))}\n`,
      /^2 -: value \d: the line has more than 65536 characters/,
    ],
    [
      'a quote that is never closed',
      `${HEADER}\n${line('SN-1')}\n${line('SN-2', '"open')}\n${line('SN-3')}\n`,
      /^4 -: value 5: a quote is opened and never closed; nothing behind it was read$/,
    ],
    [
      'a quote in the middle',
      `${HEADER}\n${line('SN-1', 'a "quoted" word')}\n`,
      /^2 -: value 5: a quote stands within a value/,
    ],
    ['too many values', `${HEADER}\n${line('SN-1', 'a,b,c')}\n`, '2 -: has 7 values, not 5'],
    [
      'a hidden direction',
      `${HEADER}\n${line('SN-\u202e1')}\n`,
      /^2 serial: ".*" must be one line without control or direction-changing characters$/,
    ],
  ])('with %s is told where', async (_, csv, expected) => {
    expect(await troubles(csv)).toEqual([expected instanceof RegExp ? expect.stringMatching(expected) : expected]);
  });

  test('with mixed line endings and quoted ones counts its lines as an editor does', async () => {
    const csv = `${HEADER}\r\n${line('SN-1')}\n${line('SN-2', '"two\r\nlines"')}\r${line('bad\tserial')}\r\n`;
    expect(await troubles(csv)).toEqual([expect.stringMatching(/^5 serial: /)]);
  });

  test.each([
    ['10,000 columns', Array.from({ length: 10_000 }, (_, index) => `c${index}`).join()],
    ['a header twice', `${HEADER},Serial`],
    ['two headers that mean the same', `${HEADER},sn`],
    ['no key', 'manufacturer,part_number,location'],
    ['a NUL in a header', `${HEADER},a\0b`],
  ])('with %s in its first line is refused for it', async (_, header) => {
    const refused = checked(database.db, 'units', `${header}\n${line('SN-1')}\n`);
    await expect(refused).rejects.toMatchObject({ code: 'unsuitable-headers' });
  });

  test('is read as GB18030 where it is no UTF-8, also behind a byte order mark and cut anywhere', async () => {
    // "备件" as GB18030 writes it.
    const gb = Buffer.concat([
      Buffer.from(`${HEADER}\n${line('SN-GB')}`),
      Buffer.from([0xb1, 0xb8, 0xbc, 0xfe]),
      Buffer.from('\n'),
    ]);
    const found = await imported(database.db, 'units', gb);
    expect([found.encoding, found.counts.creates]).toEqual(['gb18030', 1]);
    const utf = await checked(database.db, 'units', Buffer.from(`\uFEFF${HEADER}\n${line('SN-GB', '备件')}\n`));
    expect([utf.encoding, utf.counts.unchanged]).toEqual(['utf-8', 1]);
    await expect(checked(database.db, 'units', gb, { form: { encoding: 'utf-8' } })).rejects.toMatchObject({
      message: expect.stringMatching(/is not utf-8: state the encoding gb18030/),
    });
  });

  test('never applies half: whatever bytes are changed, all of it is there or nothing', async () => {
    const count = async () => (await database.db.rows('SELECT FROM unit')).length;
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(400), byte: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
        async (damages) => {
          run += 1;
          const rows = Array.from({ length: 8 }, (_, index) => line(`R${run}-${index}`, `note ${index}`));
          const bytes = Buffer.from(`${HEADER}\n${rows.join('\n')}\n`);
          for (const { at, byte } of damages) bytes[at % bytes.byteLength] = byte;
          const before = await count();
          try {
            const found = await imported(database.db, 'units', bytes);
            expect((await count()) - before).toBe(found.counts.creates);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(AppError);
            expect(await count()).toBe(before);
          }
        },
      ),
      { numRuns: scaled(25) },
    );
    expect((await verifyLedger({ db: database.db, onProgress: () => undefined })).sound).toBe(true);
  });
});

describe('what was imported', () => {
  test('comes back from its export as it is, whatever its cells hold', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
    const risky = fc
      .tuple(fc.constantFrom('=', '+', '-', '@', "'", "''", '"', ';', ','), text)
      .map(([mark, rest]) => mark + rest);
    const note = fc.oneof(text, risky, fc.constantFrom('-', "'-", '=1+1', 'two\nlines', '1.234,56'));
    const kept = note
      .map((value) => value.trim())
      .filter(
        (value) =>
          value !== '' &&
          value.isWellFormed() &&
          !/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff\u2028\u2029]/u.test(value.replaceAll('\n', '')),
      );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(kept, { minLength: 1, maxLength: 6 }), async (notes) => {
        run += 1;
        const cells = notes.map((value) => `"${guarded(value).replaceAll('"', '""')}"`);
        const csv = `${HEADER}\n${cells.map((cell, index) => line(`X${run}-${index}`, cell)).join('\n')}\n`;
        await imported(database.db, 'units', csv);
        const stored = await database.db.rows<{ note: string }>(
          `SELECT note FROM unit WHERE serial LIKE 'X${run}-%' ORDER BY length(serial), serial`,
        );
        expect(stored.map((row) => row.note)).toEqual(notes);
        const again = await imported(database.db, 'units', await exported(database.db, 'units'));
        expect(again.counts).toMatchObject({ creates: 0, updates: 0, errors: 0 });
      }),
      { numRuns: scaled(10) },
    );
  });

  test('is never a formula in an export', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(guarded(value)).not.toMatch(/^[=+\-@\t\r]/);
        expect(unguarded(guarded(value))).toBe(value);
      }),
    );
  });
});

test.each([
  [['12', '1.5', '2,5'], '.'],
  [['12', '2,5'], ','],
  [['1.234,56'], '.'],
  [[], '.'],
] as const)('decimal numbers %j are read with the mark %s', (cells, mark) => {
  expect(decimalMarkOf(cells)).toBe(mark);
});
