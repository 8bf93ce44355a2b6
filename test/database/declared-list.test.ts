import { beforeAll, describe, expect, it } from 'vitest';
import {
  containing,
  countRows,
  type ListCursor,
  type ListDeclaration,
  type ListRequest,
  listRows,
} from '../../src/database/declared-list.ts';
import { listQuery } from '../../src/http/list-query.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();

type Sort = 'colour' | 'number' | 'day' | 'instant';
type Filter = 'colour' | 'heavy' | 'q';

const uniqueId = { sql: 'p.id', type: 'uuid' } as const;

const PEBBLES: ListDeclaration<Filter, Sort> = {
  select: 'p.number, p.colour',
  from: 'pebble p',
  sorts: {
    colour: { keys: [{ sql: 'p.colour', type: 'text' }, uniqueId] },
    number: { keys: [{ sql: 'p.number', type: 'bigint' }] },
    day: { keys: [{ sql: 'p.day', type: 'date' }, uniqueId], only: 'p.day IS NOT NULL' },
    instant: { keys: [{ sql: 'p.instant', type: 'timestamptz' }, uniqueId] },
  },
  filters: {
    colour: (value) => `p.colour = ${value}`,
    heavy: (value) => `p.heavy = ${value}`,
    q: (value) => `p.colour LIKE ${value}`,
  },
  pairs: [
    { filters: ['colour', 'heavy'], sorts: ['colour', 'number'] },
    { filters: [], sorts: ['day', 'instant'] },
    { filters: ['q'], sorts: ['number'] },
  ],
};

/** Few colours, days and instants, so that most keys are equal; one colour has what cursors and patterns trip over. */
const COLOURS = ['grey', 'black', 'white', `O'Brien "50%_\\" 石`];

beforeAll(async () => {
  await runAs(
    database.owner,
    `CREATE TABLE pebble (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), number bigint NOT NULL UNIQUE,
       colour text NOT NULL, heavy boolean NOT NULL, day date, instant timestamptz NOT NULL)`,
  );
  await runAs(
    database.owner,
    `INSERT INTO pebble (number, colour, heavy, day, instant)
     SELECT n, ($1::text[])[1 + n % 4], n % 3 = 0, CASE WHEN n % 5 > 0 THEN DATE '2026-01-01' + n % 3 END,
       TIMESTAMPTZ '2026-01-01 00:00:00.123456+00' + n % 4 * interval '1 microsecond'
     FROM generate_series(1, 200) AS n`,
    [COLOURS],
  );
});

type Request = ListRequest<Filter, Sort>;
interface Pebble {
  readonly number: string;
  readonly colour: string;
}

const page = (request: Request) => listRows<Pebble, Filter, Sort>(database.db, PEBBLES, request);

/** Reads the whole list, page by page. */
async function walk(request: Omit<Request, 'after'>): Promise<string[]> {
  const numbers: string[] = [];
  let after: ListCursor | undefined;
  for (;;) {
    const rows = await page({ ...request, after });
    numbers.push(...rows.map(({ number }) => number));
    if (rows.length < request.limit) return numbers;
    // As it comes back from a client: through JSON.
    after = JSON.parse(JSON.stringify(rows.at(-1)?.listCursor));
  }
}

describe('the pages of a declared list', () => {
  it.each(
    (['colour', 'number', 'day', 'instant'] as const).flatMap((sort) => [
      [sort, false],
      [sort, true],
    ]) as [Sort, boolean][],
  )(
    'by %s, turned round: %s, show every row once, in order, although most keys are equal',
    async (sort, descending) => {
      const key = sort === 'number' ? 'number' : `${sort}, id`;
      const direction = descending ? 'DESC' : 'ASC';
      const ordered = await database.db.rows<{ number: string }>(
        `SELECT number FROM pebble ${sort === 'day' ? 'WHERE day IS NOT NULL' : ''}
       ORDER BY ${key.replaceAll(',', ` ${direction},`)} ${direction}`,
      );
      const walked = await walk({ filters: {}, sort, descending, limit: 7 });
      expect(walked).toEqual(ordered.map(({ number }) => number));
      expect(new Set(walked).size).toBe(walked.length);
    },
  );

  it('hold what the filters let pass, and nothing else', async () => {
    const walked = await walk({ filters: { colour: COLOURS[3], heavy: true }, sort: 'number', limit: 5 });
    expect(walked).toEqual([
      '3',
      '15',
      '27',
      '39',
      '51',
      '63',
      '75',
      '87',
      '99',
      '111',
      '123',
      '135',
      '147',
      '159',
      '171',
      '183',
      '195',
    ]);
  });

  it('take the wildcards of a searched text for what they are', async () => {
    const found = (text: string) => walk({ filters: { q: containing(text) }, sort: 'number', limit: 100 });
    expect(await found('50%_\\')).toHaveLength(50);
    expect(await found('5%"')).toHaveLength(0);
    expect(await found('_')).toHaveLength(50);
    expect(await found('%')).toHaveLength(50);
  });
});

describe('a pair of filter and order that is not declared', () => {
  it.each([
    [{ q: '%a%' }, 'colour'],
    [{ colour: 'grey' }, 'day'],
    [{ colour: 'grey', q: '%a%' }, 'number'],
  ] as [Request['filters'], Sort][])('is refused: %j by %s', async (filters, sort) => {
    await expect(page({ filters, sort, limit: 5 })).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'undeclared-list',
      message: expect.stringContaining('It offers: colour, heavy with sort colour or number'),
    });
    await expect(countRows(database.db, PEBBLES, { filters, sort })).rejects.toMatchObject({ code: 'undeclared-list' });
  });
});

const ID = '019aab2c-8b44-7e1a-8c02-1d5f7b9a3c55';

describe('a cursor that is not of this list and order', () => {
  it.each([
    ['another order', 'number', { sort: 'colour', key: ['grey', ID] }],
    ['the order turned round', 'number', { sort: '-number', key: ['1'] }],
    ['too few keys', 'colour', { sort: 'colour', key: ['grey'] }],
    ['too many keys', 'number', { sort: 'number', key: ['1', '2'] }],
    ['no keys', 'number', { sort: 'number', key: [] }],
    ['no number', 'number', { sort: 'number', key: ['1; DROP TABLE pebble'] }],
    ['a number beyond bigint', 'number', { sort: 'number', key: ['9'.repeat(30)] }],
    ['an empty number', 'number', { sort: 'number', key: [''] }],
    ['no UUID', 'colour', { sort: 'colour', key: ['grey', 'x'] }],
    ['a NUL in the text', 'colour', { sort: 'colour', key: ['gr\0ey', ID] }],
    ['a day that does not exist', 'day', { sort: 'day', key: ['2026-02-30', ID] }],
    ['a month that does not exist', 'day', { sort: 'day', key: ['2026-13-01', ID] }],
    ['the year nought', 'day', { sort: 'day', key: ['0000-01-01', ID] }],
    ['words for a day', 'day', { sort: 'day', key: ['infinity', ID] }],
    ['an hour that does not exist', 'instant', { sort: 'instant', key: ['2026-01-01 24:00:01+00', ID] }],
    ['a minute that does not exist', 'instant', { sort: 'instant', key: ['2026-01-01 23:60:00+00', ID] }],
    ['a zone that does not exist', 'instant', { sort: 'instant', key: ['2026-01-01 00:00:00+99', ID] }],
    ['minutes of a zone that do not exist', 'instant', { sort: 'instant', key: ['2026-01-01 00:00:00+00:99', ID] }],
    ['an instant as JSON has it', 'instant', { sort: 'instant', key: ['2026-01-01T00:00:00Z', ID] }],
  ] as [string, Sort, ListCursor][])(
    'is refused as invalid, never an error of the database: %s',
    async (_what, sort, after) => {
      await expect(page({ filters: {}, sort, after, limit: 5 })).rejects.toMatchObject({
        kind: 'invalid',
        code: 'bad-cursor',
      });
    },
  );

  it('is taken when its form is right, whoever made it: it only says where to go on', async () => {
    const rows = await page({ filters: {}, sort: 'number', after: { sort: 'number', key: ['198'] }, limit: 5 });
    expect(rows.map(({ number }) => number)).toEqual(['199', '200']);
    const before = { sort: 'number', key: ['-5'] };
    expect(await page({ filters: {}, sort: 'number', after: before, limit: 5 })).toHaveLength(5);
  });
});

describe('the cursor of a query', () => {
  it('has room for the longest names there are, three of them in characters of four bytes', () => {
    const key = [80, 160, 40].map((length) => '\u{2070e}'.repeat(length));
    const after = Buffer.from(JSON.stringify({ sort: 'colour', key: [...key, ID] })).toString('base64url');
    expect(listQuery(PEBBLES, 'colour').parse({ after }).after).toEqual({ sort: 'colour', key: [...key, ID] });
  });

  it.each(['', '!', 'e30', Buffer.from('{"sort":"colour","key":["\\u0000"]}').toString('base64url')])(
    'is refused when it is none: %j',
    (after) => {
      expect(listQuery(PEBBLES, 'colour').safeParse({ after }).success).toBe(false);
    },
  );
});

describe('counting', () => {
  it.each([
    [9_999, '9999'],
    [10_000, '10000'],
    [10_001, '10,000+'],
    [200_000, '10,000+'],
  ])('of %i rows says %s', async (rows, said) => {
    const many = { ...PEBBLES, from: `generate_series(1, ${rows}) AS p (number)` };
    expect(await countRows(database.db, many, { filters: {}, sort: 'number' })).toBe(said);
  });

  it('counts what the filters let pass', async () => {
    expect(await countRows(database.db, PEBBLES, { filters: { colour: 'grey' }, sort: 'number' })).toBe('50');
    expect(await countRows(database.db, PEBBLES, { filters: {}, sort: 'day' })).toBe('160');
  });
});
