import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { type Answered, useCatalogue } from './catalogue-app.ts';
import { makeFit, makePart } from './support.ts';

const database = useDatabase();
const catalogue = useCatalogue(database);
const { part, deviceModel, change, retire, remove, get, post, made } = catalogue;

const addFit = (of: Answered, body: object) => made(`/parts/${of.id}/fits`, { rank: 1, ...body });

describe('fits over HTTP', () => {
  test('say what a part serves for, and how well', async () => {
    const [spare, model] = [await part(), await deviceModel()];
    const answer = await post(`/parts/${spare.id}/fits`, {
      deviceModelId: model.id,
      rank: 3,
      quantity: 2,
      conditions: 'Needs new rails',
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      part: { id: spare.id, partNumber: spare.partNumber, isRetired: false },
      deviceModel: { id: model.id, manufacturer: 'Sample Co', model: model.model },
      replacedPart: null,
      rank: 3,
      quantity: 2,
      conditions: 'Needs new rails',
      version: 1,
    });
    expect((await get((answer.headers.location ?? '').replace('/api/v1', ''))).body).toEqual(answer.body);
    expect(await catalogue.all(`/parts/${spare.id}/fits`)).toEqual([answer.body]);
    expect(await catalogue.all(`/device-models/${model.id}/fits`)).toEqual([answer.body]);
  });

  test('are changed by whoever has read them, and removed with a trace', async () => {
    const [spare, model] = [await part(), await deviceModel()];
    const { id } = await addFit(spare, { deviceModelId: model.id, conditions: 'x' });
    const path = `/parts/${spare.id}/fits/${id}`;
    expect((await change(path, 1, { rank: 7, conditions: null })).body).toMatchObject({
      rank: 7,
      conditions: null,
      quantity: 1,
    });
    expect((await change(path, 1, { rank: 8 })).body.code).toBe('stale-fit');
    expect((await remove(path, 1)).status).toBe(412);
    expect((await remove(path, 2)).status).toBe(204);
    expect((await remove(path, 2)).body.code).toBe('no-such-fit');
    expect((await get(path)).status).toBe(404);
    const trail = await auditOf(database.db, 'part', spare.id);
    expect(trail.slice(1)).toMatchObject([
      { action: 'part.add-fit', details: { fitId: id, deviceModelId: model.id, rank: 1 } },
      { action: 'part.change-fit', details: { fitId: id, rank: 7 } },
      { action: 'part.remove-fit', details: { fitId: id, deviceModelId: model.id, rank: 7, quantity: 1 } },
    ]);
  });

  test('of another part are none of this one', async () => {
    const [spare, other, model] = [await part(), await part(), await deviceModel()];
    const { id } = await addFit(spare, { deviceModelId: model.id });
    for (const answer of [
      await get(`/parts/${other.id}/fits/${id}`),
      await change(`/parts/${other.id}/fits/${id}`, 1, { rank: 2 }),
      await remove(`/parts/${other.id}/fits/${id}`, 1),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([404, 'no-such-fit']);
    }
  });

  test('serve for exactly one thing, once, which is in use and not the part itself', async () => {
    const [spare, other, model] = [await part(), await part(), await deviceModel()];
    const [oldPart, oldModel] = [await part(), await deviceModel()];
    await retire(`/parts/${oldPart.id}`, 1);
    await retire(`/device-models/${oldModel.id}`, 1);
    const add = (body: object) => post(`/parts/${spare.id}/fits`, { rank: 1, ...body });
    expect((await add({})).status).toBe(400);
    expect((await add({ deviceModelId: model.id, replacedPartId: other.id })).status).toBe(400);
    for (const [field, id] of [
      ['deviceModelId', newId()],
      ['deviceModelId', oldModel.id],
      ['replacedPartId', newId()],
      ['replacedPartId', oldPart.id],
      ['replacedPartId', spare.id],
    ]) {
      const answer = await add({ [field]: id });
      expect([answer.status, answer.body.code, answer.body.fields[0].field]).toEqual([
        422,
        'unsuitable-fit',
        `#/${field}`,
      ]);
    }
    expect((await add({ deviceModelId: model.id })).status).toBe(201);
    expect((await add({ deviceModelId: model.id, rank: 2 })).body.code).toBe('fit-exists');
    expect((await add({ replacedPartId: other.id })).status).toBe(201);
    expect((await add({ replacedPartId: other.id })).body.code).toBe('fit-exists');
    // The other way round is another statement.
    expect((await post(`/parts/${other.id}/fits`, { rank: 1, replacedPartId: spare.id })).status).toBe(201);
    expect((await post(`/parts/${oldPart.id}/fits`, { rank: 1, deviceModelId: model.id })).body.code).toBe(
      'part-retired',
    );
    expect((await post(`/parts/${newId()}/fits`, { rank: 1, deviceModelId: model.id })).body.code).toBe('no-such-part');
  });

  test('made in both directions at once block nobody', async () => {
    const pairs = await Promise.all(Array.from({ length: 8 }, async () => [await part(), await part()] as const));
    const answers = await Promise.all(
      pairs.flatMap(([a, b]) => [
        post(`/parts/${a.id}/fits`, { rank: 1, replacedPartId: b.id }),
        post(`/parts/${b.id}/fits`, { rank: 1, replacedPartId: a.id }),
      ]),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  });

  test('are at most 100 from one device model', async () => {
    const { db } = database;
    const model = await deviceModel();
    const { id: categoryId } = await catalogue.category();
    for (let index = 0; index < 99; index += 1) {
      const spare = await makePart(db, 'bulk', { categoryId });
      await makeFit(db, { deviceModelId: model.id, partId: spare.id });
    }
    const answers = await Promise.all(
      [await part(), await part()].map((spare) =>
        post(`/parts/${spare.id}/fits`, { rank: 1, deviceModelId: model.id }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('too-many-fits');
    expect(await catalogue.all(`/device-models/${model.id}/spares`, 30)).toHaveLength(100);
  });
});

describe('what serves, over HTTP', () => {
  test('is shown for a device model with the way to it, page by page', async () => {
    const model = await deviceModel();
    const [first, second, stand] = [await part(), await part(), await part()];
    await addFit(first, { deviceModelId: model.id, rank: 1 });
    await addFit(second, { deviceModelId: model.id, rank: 2, conditions: 'slower' });
    await addFit(stand, { replacedPartId: second.id, quantity: 3 });
    const spares = await catalogue.all(`/device-models/${model.id}/spares`, 1);
    expect(
      spares.map((spare: Answered) => [spare.part.id, spare.quantityPerDevice, spare.conditions, spare.via[0]?.id]),
    ).toEqual([
      [first.id, 1, [], undefined],
      [second.id, 1, ['slower'], undefined],
      [stand.id, 3, ['slower'], second.id],
    ]);
    expect((await catalogue.all(`/parts/${second.id}/substitutes`)).map((spare: Answered) => spare.part.id)).toEqual([
      stand.id,
    ]);
    await retire(`/device-models/${model.id}`, 1);
    expect(await catalogue.all(`/device-models/${model.id}/spares`)).toEqual(spares);
    expect((await get(`/device-models/${newId()}/spares`)).body.code).toBe('no-such-device-model');
    expect((await get(`/parts/${newId()}/substitutes`)).body.code).toBe('no-such-part');
  });
});

describe('models of devices', () => {
  test('are unique with their manufacturer, change with If-Match, and are retired for good', async () => {
    const model = await deviceModel({ model: 'Unique 1' });
    const again = await post('/device-models', { manufacturer: 'SAMPLE CO', model: 'unique 1' });
    expect([again.status, again.body.code]).toEqual([409, 'device-model-taken']);
    const path = `/device-models/${model.id}`;
    expect((await change(path, 1, { model: 'Unique 2' })).body).toMatchObject({ model: 'Unique 2', version: 2 });
    expect((await change(path, 1, { model: 'x' })).body.code).toBe('stale-device-model');
    expect((await retire(path, 2)).body.version).toBe(3);
    expect((await change(path, 3, { model: 'x' })).body.code).toBe('device-model-retired');
    expect((await get(path)).body.retired.reason).toBe('no longer used');
  });

  test('are listed by model or manufacturer, and found by text', async () => {
    for (const [manufacturer, model] of [
      ['Zulu', 'LS-1'],
      ['Able', 'ls-2'],
      ['Zulu', 'ls-3'],
    ]) {
      await deviceModel({ manufacturer, model });
    }
    const models = async (query: string) =>
      (await catalogue.all(`/device-models?${query}`)).map(({ model }: Answered) => model);
    expect(await models('q=ls-')).toEqual(['LS-1', 'ls-2', 'ls-3']);
    expect(await models('q=zulu+ls&sort=-model')).toEqual(['ls-3', 'LS-1']);
    expect(await models('manufacturer=ZULU&sort=manufacturer')).toEqual(['LS-1', 'ls-3']);
    expect((await models('sort=manufacturer'))[0]).toBe('ls-2');
    expect((await get('/device-models?q=x&sort=manufacturer')).body.code).toBe('undeclared-list');
    expect((await get('/device-models?q=ls-&total=true')).body.total).toBe('3');
  });
});
