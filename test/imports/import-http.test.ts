import { createHash } from 'node:crypto';
import { Agent, request as send } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportRoutes } from '../../src/imports/export.routes.ts';
import { importJobs } from '../../src/imports/import.jobs.ts';
import { importRoutes } from '../../src/imports/import.routes.ts';
import { importMappingRoutes } from '../../src/imports/import-mapping.routes.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { serving, useApp } from '../http/support.ts';
import { makeCategory } from '../inventory/support.ts';
import { useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';
import { eventually } from '../system/eventually.ts';

const database = useDatabase();
const BYTES_MAX = 100_000;
let queue: JobQueue;
const stop = new AbortController();

// Before the app is built, which needs it.
beforeAll(async () => {
  const jobs = () => importJobs({ db: database.db });
  queue = await createJobQueue({ service: database.service, jobs, log: testLog });
  await makeCategory(database.db, { name: 'Power' });
  await queue.startWorkers({ tags: ['default'], signal: stop.signal });
});
const routes = () => [
  ...importRoutes({ queue, bytesMax: () => BYTES_MAX }),
  ...importMappingRoutes(),
  ...exportRoutes(),
];
const server = useApp(database, () => ({ routes: routes() }));
afterAll(async () => {
  stop.abort();
  await queue.close();
});

const API = '/api/v1';
const upload = (query: string, csv: string | Buffer) =>
  server.request('post', `${API}/imports?${query}`).set('Content-Type', 'text/csv').send(csv);
const read = async (path: string) => (await server.request('get', API + path)).body;

/** An import once it has come so far. */
const settled = (id: string, state: string) =>
  eventually(`import ${id} is ${state}`, 60, async () => {
    const found = await read(`/imports/${id}`);
    return found.state === state ? found : undefined;
  });

const LOCATIONS = 'Code;Name;Type;Parent code;Colour\nS1;Hauptlager;site;;red\nB1;Fach 1;bin;S1;blue\n';

describe('a file that is sent in', () => {
  test('is read and checked, shows how it was understood, and is applied once', async () => {
    const answer = await upload('kind=locations&fileName=places.csv', LOCATIONS);
    expect([answer.status, answer.body.state]).toEqual([202, 'read']);
    const { id } = answer.body;
    expect(answer.headers.location).toBe(`${API}/imports/${id}`);
    expect(await settled(id, 'checked')).toMatchObject({
      fileName: 'places.csv',
      sha256: createHash('sha256').update(LOCATIONS).digest('hex'),
      ...{ encoding: 'utf-8', delimiter: 'semicolon', decimalMark: 'point', lines: 2, creates: 2, errors: 0 },
      columns: [
        { header: 'Code', field: 'code' },
        { header: 'Name', field: 'name' },
        { header: 'Type', field: 'kind' },
        { header: 'Parent code', field: 'parent' },
        { header: 'Colour', field: null },
      ],
    });
    expect((await server.request('post', `${API}/imports/${id}/apply`)).status).toBe(202);
    await settled(id, 'applied');
    const again = await server.request('post', `${API}/imports/${id}/apply`);
    expect([again.status, again.body.state]).toEqual([202, 'applied']);
    const csv = await server.request('get', `${API}/exports/locations.csv`);
    expect(csv.headers['content-disposition']).toBe('attachment; filename="locations.csv"');
    const [header, ...rows] = csv.text.split('\n');
    expect([header, ...rows.toSorted()]).toEqual([
      '\uFEFFcode,name,kind,parent',
      '',
      'B1,Fach 1,bin,S1',
      'S1,Hauptlager,site,',
    ]);
  });

  test('shows its errors line by line and as CSV, and is not applied with them', async () => {
    const { body } = await upload(
      'kind=locations',
      'Code,Name,Type,Parent code\nB2,Bin,bin,NONE\nB3,=1+1,shelf,S1\nB4,Bin,bin,S1\n',
    );
    const found = await settled(body.id, 'checked');
    expect(found).toMatchObject({ creates: 1, errors: 2 });
    const page = await read(`/imports/${body.id}/lines?outcome=error&limit=1`);
    expect(page.items).toMatchObject([{ line: 2, problems: [{ column: 'Parent code', field: 'parent' }] }]);
    const next = await read(`/imports/${body.id}/lines?outcome=error&limit=1&after=${page.next}`);
    expect([next.items[0].line, next.next]).toEqual([3, null]);
    const csv = await server.request('get', `${API}/imports/${body.id}/errors.csv`);
    expect(csv.text.split('\n')[2]).toMatch(/^3,Type,"""shelf"" must be one of site, room, rack, bin"$/);
    const refused = await server.request('post', `${API}/imports/${body.id}/apply`);
    expect([refused.status, refused.body.code]).toEqual([409, 'import-has-errors']);
  });

  test('that does the same no more is checked anew and says what has changed', async () => {
    const { body } = await upload('kind=locations', 'code,name\nB1,Another name\n');
    await settled(body.id, 'checked');
    await database.db.execute(`UPDATE location SET name = 'Renamed', version = version + 1 WHERE code = 'B1'`);
    expect((await server.request('post', `${API}/imports/${body.id}/apply`)).status).toBe(202);
    const found = await eventually('it is refused', 60, async () => {
      const { failure, ...rest } = await read(`/imports/${body.id}`);
      return failure === null ? undefined : { failure, ...rest };
    });
    expect([found.state, found.updates]).toEqual(['checked', 1]);
    expect(found.failure).toMatch(/something else has changed what its lines would do \(lines 2\)/);
  });

  test('is refused where it cannot be read at all', async () => {
    const codes = [
      await upload('kind=locations', ''),
      await upload('kind=locations', 'name,kind\nA,site\n'),
      await upload('kind=locations', 'code,Code,name\nA,A,A\n'),
      await upload('kind=locations', 'code,name\n'),
      await upload('kind=locations&mapping=none', 'code,name\nA,A\n'),
      await upload('kind=locations', Buffer.from('code,name\nA,A\n', 'utf16le')),
      await upload('kind=locations', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('code', 'utf16le')])),
      await upload('kind=locations', `code,name\n${'A,A\n'.repeat(BYTES_MAX / 4)}`),
      await server.request('post', `${API}/imports?kind=locations`).send({}),
    ].map(({ status, body }) => `${status} ${body.code}`);
    expect(codes).toEqual([
      '400 no-lines',
      '400 unsuitable-headers',
      '400 unsuitable-headers',
      '400 no-lines',
      '404 no-such-mapping',
      '400 unsuitable-headers',
      '400 unsuitable-encoding',
      '413 import-too-large',
      '415 unsupported-media-type',
    ]);
  });

  test('that is refused at its beginning lets its sender finish, and the connection goes on', async () => {
    await serving(server.app, async (port) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const headers = { Authorization: server.admin.bearer, 'Content-Type': 'text/csv' };
      const post = (body: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const options = {
            agent,
            host: '127.0.0.1',
            port,
            method: 'POST',
            path: `${API}/imports?kind=locations`,
            headers,
          };
          const request = send(options, (response) => {
            response.resume().once('end', () => resolve(response.statusCode));
          });
          request.once('error', reject).end(body);
        });
      expect(await post(`name,kind\n${'A,site\n'.repeat(1_000_000)}`)).toBe(413);
      expect(await post('name\nA\n')).toBe(400);
      agent.destroy();
    });
  });

  test('that is cut off by its sender leaves nothing', async () => {
    const before = (await read('/imports')).items.length;
    await serving(server.app, async (port) => {
      const headers = { Authorization: server.admin.bearer, 'Content-Type': 'text/csv', 'Content-Length': '1000' };
      const request = send({ host: '127.0.0.1', port, method: 'POST', path: `${API}/imports?kind=locations`, headers });
      const ended = new Promise((resolve) => request.once('error', resolve));
      request.write('code,name\nA,A\n', () => request.destroy());
      await ended;
    });
    expect((await read('/imports')).items.length).toBe(before);
  });
});

describe('a mapping of headers', () => {
  test('is kept by its name and used for files that come later', async () => {
    const headers = { code: 'Lagerplatz', name: 'Bezeichnung' };
    const wanted = { kind: 'locations', name: 'Shelf list', headers };
    const made = await server.request('post', `${API}/import-mappings`).send(wanted);
    expect(made.status).toBe(201);
    expect((await server.request('post', `${API}/import-mappings`).send(wanted)).body.code).toBe('mapping-name-taken');
    const { body } = await upload('kind=locations&mapping=shelf%20list', 'Bezeichnung,Lagerplatz\nFach eins,B1\n');
    expect(body).toMatchObject({ mapping: 'Shelf list', columns: [{ field: 'name' }, { field: 'code' }] });
    expect((await read('/import-mappings?kind=units')).items.map(({ name }: { name: string }) => name)).toEqual([
      'snipe-it-assets',
    ]);
    expect((await server.request('delete', `${API}/import-mappings/${made.body.id}`)).status).toBe(204);
    expect((await upload('kind=locations&mapping=shelf%20list', 'a,b\n1,2\n')).status).toBe(404);
  });

  test('of a field that there is not is refused, naming those that there are', async () => {
    const answer = await server
      .request('post', `${API}/import-mappings`)
      .send({ kind: 'locations', name: 'x', headers: { colour: 'Farbe' } });
    expect(answer.body.fields).toEqual([
      { field: '#/headers/colour', message: 'is no field of locations: known are code, name, kind, parent' },
    ]);
  });
});
