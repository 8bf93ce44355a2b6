import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { KIND_NAMES } from '../../src/imports/kinds/kinds.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { fileOf, makeGround, rowsOf, TABLES } from './every-kind.ts';
import { checked, exported, imported, troublesOf } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
beforeAll(() => makeGround(database.db));

const words = fc
  .tuple(
    fc.constantFrom('', '=', '+', '-', '@', "'", "''", '"', ';', ',', '|', '('),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  )
  .map(([mark, rest]) => `${mark}${rest}`.trim())
  .filter(
    (text) => text !== '' && !/[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u.test(text),
  );

const bring = async (text: string) => {
  for (const { kind, rows } of rowsOf(text)) {
    const found = await checked(database.db, kind, fileOf(rows));
    expect({ kind, troubles: await troublesOf(database.db, found) }).toEqual({ kind, troubles: [] });
    expect((await imported(database.db, kind, fileOf(rows))).counts).toMatchObject({ creates: rows.length });
  }
};

test('what is exported of any kind changes nothing when it comes back', async () => {
  await fc.assert(
    fc.asyncProperty(words, async (text) => {
      await bring(text);
      for (const kind of KIND_NAMES) {
        const file = await exported(database.db, kind);
        const again = await imported(database.db, kind, file);
        expect({ kind, ...again.counts }).toMatchObject({ kind, creates: 0, updates: 0, errors: 0 });
        expect(await exported(database.db, kind)).toBe(file);
      }
    }),
    { numRuns: scaled(3) },
  );
  expect((await verifyLedger({ db: database.db })).sound).toBe(true);
});

test('no cell of an export of any kind is a formula', async () => {
  await bring('=HYPERLINK("http://example.org")');
  await bring('@SUM(1+1)');
  for (const kind of KIND_NAMES) {
    const file = await exported(database.db, kind);
    const cells = file.slice(1).match(/"(?:[^"]|"")*"|[^,\n]+/g) ?? [];
    expect(cells.length).toBeGreaterThan(0);
    expect(cells.map((cell) => cell.replace(/^"/, '')).filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  }
});

test('a file of any kind in GB18030, with semicolons and decimal commas, says the same', async () => {
  const gb18030 = (text: string) =>
    Buffer.concat([...text].map((character) => GB18030[character] ?? Buffer.from(character)));
  for (const { kind, rows } of rowsOf('备件', ',')) {
    const found = await imported(database.db, kind, gb18030(fileOf(rows, ';')));
    const { counts, delimiter } = found;
    expect({ kind, creates: counts.creates, delimiter }).toEqual({ kind, creates: rows.length, delimiter: ';' });
    if (fileOf(rows).includes('备件')) expect(found.encoding).toBe('gb18030');
  }
  expect(await exported(database.db, 'persons')).toContain('chat: 备件');
  expect(await exported(database.db, 'parts')).toMatch(/,备件,Power,serial,.*,1\.25,EUR\n/);
});

/** Characters as GB18030 writes them. */
const GB18030: Readonly<Record<string, Buffer>> = { 备: Buffer.from([0xb1, 0xb8]), 件: Buffer.from([0xbc, 0xfe]) };

test('a damaged file of any kind is never applied by half', async () => {
  const damage = fc.array(fc.record({ at: fc.nat(400), byte: fc.nat(255) }), { minLength: 1, maxLength: 3 });
  const state = async (table: string) => {
    const [row] = await database.db.rows<{ rows: number; digest: string }>(
      `SELECT count(*)::integer AS rows, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${table} t`,
    );
    return row;
  };
  await fc.assert(
    fc.asyncProperty(damage, async (damages) => {
      for (const { kind, rows } of rowsOf('words')) {
        const bytes = Buffer.from(fileOf(rows));
        for (const { at, byte } of damages) bytes[at % bytes.byteLength] = byte;
        const before = await state(TABLES[kind]);
        try {
          const { counts } = await imported(database.db, kind, bytes);
          expect((await state(TABLES[kind]))?.rows).toBe((before?.rows ?? 0) + counts.creates);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AppError);
          expect(await state(TABLES[kind])).toEqual(before);
        }
        // What comes behind needs it; not where a damaged name has been brought in.
        await imported(database.db, kind, fileOf(rows)).catch((thrown) => expect(thrown).toBeInstanceOf(AppError));
      }
    }),
    { numRuns: scaled(2) },
  );
  expect((await verifyLedger({ db: database.db })).sound).toBe(true);
});
