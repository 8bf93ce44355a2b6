import { describe, expect, test } from 'vitest';
import { type CustomField, customProblems } from '../../src/inventory/custom-field.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { useCatalogue } from './catalogue-app.ts';

const database = useDatabase();
const catalogue = useCatalogue(database);
const { category, part, change, retire, get, post } = catalogue;

const FIELDS = [
  { key: 'rpm', label: 'Speed', type: 'integer', required: true, unit: 'rpm', min: 0, max: 20_000 },
  { key: 'noise', label: 'Noise', type: 'number', required: false, unit: 'dB', min: 0.5 },
  { key: 'connector', label: 'Connector', type: 'choice', required: false, choices: ['3 pin', '4 pin'] },
  { key: 'hotSwap', label: 'Hot swap', type: 'boolean', required: false },
  { key: 'endOfSale', label: 'End of sale', type: 'date', required: false },
  { key: 'remark', label: 'Remark', type: 'text', required: false, maxLength: 10 },
] as const satisfies readonly CustomField[];

const VALUES = {
  rpm: 9000,
  noise: 42.5,
  connector: '4 pin',
  hotSwap: false,
  endOfSale: '2028-02-29',
  remark: '备用 0123456',
};

describe('the values of custom fields', () => {
  test('of every type are kept as they are', async () => {
    const { id: categoryId } = await category(FIELDS);
    const made = await part({ categoryId, custom: VALUES });
    expect((await get(`/parts/${made.id}`)).body.custom).toEqual(VALUES);
  });

  test.each([
    ['rpm', undefined, 'is missing: every part of the category states Speed'],
    ['rpm', 0.5, 'must be a whole number'],
    ['rpm', '9000', 'must be a whole number'],
    ['rpm', -1, 'must be at least 0'],
    ['rpm', 20_001, 'must be at most 20000'],
    ['noise', true, 'must be a number'],
    ['noise', 0.4, 'must be at least 0.5'],
    ['connector', '5 pin', 'must be one of 3 pin, 4 pin'],
    ['connector', 4, 'must be one of 3 pin, 4 pin'],
    ['hotSwap', 'yes', 'must be true or false'],
    ['hotSwap', 1, 'must be true or false'],
    ['endOfSale', '2027-02-29', 'must be a date, YYYY-MM-DD'],
    ['endOfSale', '29.02.2028', 'must be a date, YYYY-MM-DD'],
    ['remark', 'longer than 10', 'must be at most 10 characters long'],
    ['remark', 7, 'must be text'],
    ['colour', 'red', 'is not a field of the category'],
  ])('%s = %j: %s', async (key, value, message) => {
    const { id: categoryId } = await category(FIELDS);
    const { [key]: _, ...others } = VALUES as Record<string, unknown>;
    const custom = value === undefined ? others : { ...others, [key]: value };
    const body = { manufacturer: 'a', partNumber: newId(), name: 'x', tracking: 'bulk', categoryId, custom };
    const known = await part({ categoryId, custom: VALUES });
    for (const answer of [await post('/parts', body), await change(`/parts/${known.id}`, 1, { custom })]) {
      expect([answer.status, answer.body.code]).toEqual([422, 'custom-values-invalid']);
      expect(answer.body.fields).toEqual([{ field: `#/custom/${key}`, message }]);
    }
  });

  test('are all complained about at once', () => {
    const problems = customProblems(FIELDS, { rpm: 'fast', colour: 'red', hotSwap: 'no' });
    expect(problems.map(({ field }) => field)).toEqual(['#/custom/colour', '#/custom/rpm', '#/custom/hotSwap']);
    expect(customProblems(FIELDS, { rpm: 0 })).toEqual([]);
    expect(customProblems([], { constructor: 'x' })).toHaveLength(1);
  });

  test('must suit the category that a part is moved to', async () => {
    const [fans, plain] = [await category(FIELDS), await category()];
    const known = await part({ categoryId: fans.id, custom: VALUES });
    const refused = await change(`/parts/${known.id}`, 1, { categoryId: plain.id });
    expect([refused.status, refused.body.code]).toEqual([422, 'custom-values-invalid']);
    const moved = await change(`/parts/${known.id}`, 1, { categoryId: plain.id, custom: {} });
    expect([moved.status, moved.body.category.id]).toEqual([200, plain.id]);
  });
});

describe('a category of parts', () => {
  test('keeps its fields in their order, with what is left out filled in', async () => {
    const made = await catalogue.made('/part-categories', {
      name: 'Memory',
      fields: [
        { key: 'size', label: 'Size', type: 'integer', unit: 'GiB' },
        { key: 'note', label: 'Note', type: 'text' },
      ],
    });
    expect(made.fields).toEqual([
      { key: 'size', label: 'Size', type: 'integer', unit: 'GiB', required: false },
      { key: 'note', label: 'Note', type: 'text', maxLength: 400, required: false },
    ]);
    const read = await get(`/part-categories/${made.id}`);
    expect([read.body, read.headers.etag]).toEqual([made, '"1"']);
    expect((await post('/part-categories', { name: 'MEMORY' })).body.code).toBe('part-category-name-taken');
  });

  test.each([
    ['#/fields/0/type', [{ key: 'a', label: 'A', type: 'list' }]],
    ['#/fields/0/key', [{ key: 'Not Camel', label: 'A', type: 'text' }]],
    ['#/fields/0/label', [{ key: 'a', label: '', type: 'text' }]],
    ['#/fields/0/maxLength', [{ key: 'a', label: 'A', type: 'text', maxLength: 0 }]],
    ['#/fields/0/max', [{ key: 'a', label: 'A', type: 'number', min: 2, max: 1 }]],
    ['#/fields/0/min', [{ key: 'a', label: 'A', type: 'integer', min: 0.5 }]],
    ['#/fields/0/choices', [{ key: 'a', label: 'A', type: 'choice' }]],
    ['#/fields/0/choices', [{ key: 'a', label: 'A', type: 'choice', choices: ['x', 'x'] }]],
    ['#/fields/0/choices', [{ key: 'a', label: 'A', type: 'boolean', choices: ['x'] }]],
    [
      '#/fields/1/key',
      [
        { key: 'a', label: 'A', type: 'date' },
        { key: 'a', label: 'B', type: 'date' },
      ],
    ],
    ['#/fields/0/colour', [{ key: 'a', label: 'A', type: 'date', colour: 'red' }]],
    ['#/fields', Array.from({ length: 31 }, (_, index) => ({ key: `f${index}`, label: 'A', type: 'date' }))],
  ])('refuses a field that makes no sense, at %s', async (field, fields) => {
    const answer = await post('/part-categories', { name: newId(), fields });
    expect([answer.status, answer.body.fields[0].field]).toEqual([400, field]);
  });

  test('of the largest form that is let through fits into its audit entry', async () => {
    const fields = Array.from({ length: 30 }, (_, index) => ({
      key: `f${index}`.padEnd(40, 'x'),
      label: '备'.repeat(80),
      ...(index === 0
        ? { type: 'choice', choices: Array.from({ length: 200 }, (_two, at) => `${at}`.padEnd(60, '备')) }
        : { type: 'number', unit: '备'.repeat(20), min: -1e15, max: 1e15 }),
    }));
    expect((await category(fields, '类'.repeat(80))).fields).toHaveLength(30);
  });

  test('refuses fields that the values of a part would not suit, and names it', async () => {
    const made = await category(FIELDS);
    await part({ categoryId: made.id, partNumber: 'A-fits', custom: { rpm: 1 } });
    await part({ categoryId: made.id, partNumber: 'B-odd', custom: { rpm: 9000, connector: '3 pin' } });
    const only = (...fields: object[]) => change(`/part-categories/${made.id}`, 1, { fields });
    const [rpm, noise, connector] = FIELDS;
    for (const [fields, complaint] of [
      [[rpm, noise], 'connector is not a field of the category'],
      [[{ ...rpm, max: 8000 }, connector], 'rpm must be at most 8000'],
      [[rpm, { ...connector, choices: ['4 pin'] }], 'connector must be one of 4 pin'],
      [[{ ...rpm, type: 'integer', min: 2 }, connector], 'rpm must be at least 2'],
      [[rpm, connector, { ...noise, required: true }], 'noise is missing'],
    ] as const) {
      const answer = await only(...fields);
      expect([answer.status, answer.body.code]).toEqual([409, 'part-values-unsuitable']);
      expect(answer.body.detail).toContain(complaint);
      expect(answer.body.detail).toMatch(
        complaint.startsWith('rpm must be at least') || complaint.startsWith('noise') ? /A-fits/ : /B-odd/,
      );
    }
    expect((await only(rpm, { ...connector, label: 'Plug' })).status).toBe(200);
  });

  test('looks at every part, however many there are', async () => {
    const made = await category([{ key: 'rpm', label: 'Speed', type: 'integer' }]);
    await database.db.execute(
      `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure, custom)
       SELECT gen_random_uuid(), 'Many', 'M-' || lpad(n::text, 5, '0'), 'x', $1, 'bulk', 'piece',
              jsonb_build_object('rpm', n) FROM generate_series(1, 2500) AS n`,
      [made.id],
    );
    const limited = (max: number) =>
      change(`/part-categories/${made.id}`, 1, { fields: [{ key: 'rpm', label: 'Speed', type: 'integer', max }] });
    expect((await limited(2499)).body.detail).toContain('Many M-02500');
    expect((await limited(2500)).status).toBe(200);
  });

  test('does not count retired parts, which change no more', async () => {
    const made = await category([{ key: 'rpm', label: 'Speed', type: 'integer' }]);
    const old = await part({ categoryId: made.id, custom: { rpm: 1 } });
    await retire(`/parts/${old.id}`, 1);
    expect((await change(`/part-categories/${made.id}`, 1, { fields: [] })).status).toBe(200);
  });

  test('and a part that comes to it at the same moment: the values of all parts suit the fields after both', async () => {
    for (let round = 0; round < 6; round += 1) {
      const made = await category([{ key: 'rpm', label: 'Speed', type: 'integer' }]);
      const body = {
        manufacturer: 'a',
        partNumber: newId(),
        name: 'x',
        tracking: 'bulk',
        categoryId: made.id,
        custom: { rpm: 1 },
      };
      const answers = await Promise.all([
        change(`/part-categories/${made.id}`, 1, { fields: [] }),
        post('/parts', body),
      ]);
      const statuses = answers.map(({ status }) => status).join();
      expect(['200,422', '409,201']).toContain(statuses);
    }
  });

  test('with parts in use is not retired, and says which; an empty one is', async () => {
    const made = await category();
    const own = await part({ categoryId: made.id, partNumber: 'still-here' });
    const refused = await retire(`/part-categories/${made.id}`, 1);
    expect([refused.status, refused.body.code]).toEqual([409, 'part-category-in-use']);
    expect(refused.body.detail).toContain('Sample Co still-here');
    await retire(`/parts/${own.id}`, 1);
    expect((await retire(`/part-categories/${made.id}`, 1)).body.retired.reason).toBe('no longer used');
    expect((await change(`/part-categories/${made.id}`, 2, { name: 'x' })).body.code).toBe('part-category-retired');
  });

  test('is listed by name, page by page', async () => {
    for (const name of ['zz-c', 'ZZ-A', 'zz-b']) await category([], name);
    const names = (await catalogue.all('/part-categories')).map(({ name }) => name);
    expect(names.filter((name) => /^zz-/i.test(name))).toEqual(['ZZ-A', 'zz-b', 'zz-c']);
    const retired = await catalogue.all('/part-categories?state=retired');
    expect(retired.every((one) => one.retired !== null)).toBe(true);
    expect((await catalogue.all('/part-categories?state=all', 200)).length).toBeGreaterThan(names.length);
  });
});
