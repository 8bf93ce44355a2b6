import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createSignInLink } from '../../src/auth/session.store.ts';
import { revokeToken } from '../../src/auth/token.store.ts';
import { listen } from '../../src/http/listen.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { defineEvents } from '../../src/http/route.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { SharedWatch } from '../../src/kernel/shared-watch.ts';
import { useDatabase } from '../support/database.ts';
import { type EventReader, readEvents } from './event-reader.ts';
import { routeViolations } from './route-rules.ts';
import { makeCaller, serving, useApp } from './support.ts';

interface Count {
  readonly count: number;
  readonly filler: string;
}

/** What the streams of this file show; tests set it, and count how often it was read. */
let present: Count = { count: 0, filler: '' };
let failure: Error | undefined;
let readings = 0;
const watch = new SharedWatch<Count>({
  read: async () => {
    readings += 1;
    if (failure) throw failure;
    return present;
  },
  intervalMs: 5,
});
const show = (count: number, filler = '') => {
  present = { count, filler };
};

const countSchema = z.object({ count: z.int(), filler: z.string(), after: z.string().nullable() });
const counting = defineEvents({
  path: '/counting/{what}/events',
  operationId: 'watchCounting',
  tag: 'things',
  summary: 'Each new count',
  permission: 'service.read',
  errors: ['no-such-count'],
  params: z.strictObject({ what: z.enum(['up', 'none', 'wrong']).describe('What is counted') }),
  events: { count: countSchema, end: z.object({}) },
  examples: { response: { event: 'count', id: '3', data: { count: 3, filler: '', after: null } } },
  async *handle({ params, lastEventId, signal }) {
    if (params.what === 'none') throw new AppError('not-found', 'no-such-count', 'There is no such count');
    for await (const { count, filler } of watch.watch('one', signal)) {
      const after = lastEventId ?? null;
      const data = params.what === 'wrong' && count > 0 ? { count: 0.5, filler, after } : { count, filler, after };
      yield { event: 'count', id: String(count), data };
      if (count === 99) {
        yield { event: 'end', data: {} };
        return;
      }
    }
  },
});

const database = useDatabase();
const limits = { requestsPerMinute: 1_000_000, requestSecondsMax: 0.5, eventHeartbeatSeconds: 0.05 };
const quick = { ...limits, eventRecheckSeconds: 0.1, eventStuckSecondsMax: 0.2, eventStreamsPerPrincipalMax: 2 };
const server = useApp(database, () => ({ routes: [counting], limits: { ...quick, eventStreamsMax: 3 } }));
const readers: EventReader[] = [];

afterEach(() => {
  for (const reader of readers.splice(0)) reader.leave();
  failure = undefined;
  show(0);
});

async function open(port: number, bearer = server.admin.bearer, headers = {}, what = 'up'): Promise<EventReader> {
  const url = `http://127.0.0.1:${port}/api/v1/counting/${what}/events`;
  const reader = await readEvents(url, { Authorization: bearer, ...headers });
  readers.push(reader);
  return reader;
}

const counts = ({ events }: EventReader) => events.map(({ data }) => (data as Count).count);
const withApp = <T>(work: (port: number) => Promise<T>, app: RequestListener = server.app) => serving(app, work);

describe('a stream of events', () => {
  it('keeps the rules of the house, and is in the reference with the form of its events', () => {
    expect(routeViolations([counting])).toEqual([]);
    const document = JSON.stringify(openApiDocument([counting], { version: '1' }));
    expect(document).toContain('"text/event-stream"');
    expect(document).toContain('"Last-Event-ID"');
  });

  it('tells the present state at once, and then each change once; it ends with its handler', () =>
    withApp(async (port) => {
      show(7);
      const reader = await open(port);
      expect([reader.status, reader.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
      expect(reader.headers['cache-control']).toContain('no-store');
      expect(reader.headers['x-accel-buffering']).toBe('no');
      for (const count of [7, 8, 9]) {
        show(count);
        await reader.until(() => counts(reader).at(-1) === count);
      }
      expect(reader.events[0]).toEqual({ event: 'count', id: '7', data: { count: 7, filler: '', after: null } });
      show(99);
      await reader.ended;
      expect(reader.events.map(({ event }) => event)).toEqual(['count', 'count', 'count', 'count', 'end']);
      expect(counts(reader).slice(0, 4)).toEqual([7, 8, 9, 99]);
    }));

  it('goes on where a reader was cut off, and forgets an id that no stream can have sent', () =>
    withApp(async (port) => {
      const beganAfter = async (id: string) => {
        const reader = await open(port, server.admin.bearer, { 'Last-Event-ID': id });
        await reader.until(({ events }) => events.length > 0);
        reader.leave();
        return reader.events.map(({ data }) => (data as { after: string | null }).after);
      };
      expect(await beganAfter('41')).toEqual(['41']);
      expect(await beganAfter('no id of ours')).toEqual([null]);
    }));

  it('is read once for all who watch the same, and by nobody when they have gone', () =>
    withApp(async (port) => {
      const both = [await open(port), await open(port)];
      await Promise.all(both.map((reader) => reader.until(({ events }) => events.length > 0)));
      expect(watch.size).toBe(1);
      for (const reader of both) reader.leave();
      await until(() => watch.size === 0);
      const before = readings;
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(readings).toBe(before);
    }));

  it('is kept alive by comments, beyond the time limit of other requests', () =>
    withApp(async (port) => {
      const reader = await open(port);
      // Twenty of them take a second at least: twice the time limit.
      await reader.until(({ comments }) => comments.filter((text) => text.startsWith(': ')).length > 20);
      show(1);
      await reader.until(() => counts(reader).at(-1) === 1);
    }));

  it('tells a slow reader the newest state, and keeps nothing of those in between', () =>
    withApp(
      async (port) => {
        const reader = await open(port);
        await reader.until(({ events }) => events.length > 0);
        reader.pause();
        const before = readings;
        const sent = 400;
        for (let count = 1; count <= sent; count += 1) {
          show(count, 'x'.repeat(100_000));
          await until(() => readings > before + count);
        }
        reader.resume();
        await reader.until(() => counts(reader).at(-1) === sent);
        // What fits into the buffers of two sockets had gone out; the rest, of 40 MB, never was anywhere.
        expect(counts(reader).length).toBeLessThan(sent / 2);
      },
      server.variant({ limits: { ...limits, eventStuckSecondsMax: 600 } }),
    ));

  it('lets a reader go that takes nothing any more', () =>
    withApp(async (port) => {
      const reader = await open(port);
      await reader.until(({ events }) => events.length > 0);
      reader.pause();
      show(1, 'x'.repeat(20_000_000));
      await until(() => watch.size === 0);
    }));

  it('ends when the token of its reader is revoked, and refuses who comes back with it', () =>
    withApp(async (port) => {
      const caller = await makeCaller(database.db, 'a reader', ['viewer']);
      const reader = await open(port, caller.bearer);
      await reader.until(({ events }) => events.length > 0);
      await database.db.transaction((tx) => revokeToken(tx, caller.tokenId, { actor: SYSTEM_ACTOR }));
      await reader.ended;
      const again = await open(port, caller.bearer);
      expect(again.status).toBe(401);
    }));

  it('is for who is signed in, and ends when they sign out', () =>
    withApp(async (port) => {
      const link = await database.db.transaction((tx) =>
        createSignInLink(tx, server.admin.principal.id, { actor: SYSTEM_ACTOR }),
      );
      const page = { Origin: `http://127.0.0.1:${port}` };
      const post = (path: string, headers: Record<string, string>, body?: URLSearchParams) =>
        fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', redirect: 'manual', headers, body: body ?? null });
      const signedIn = await post('/sign-in', page, new URLSearchParams({ token: link.secret }));
      const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const open = async (headers: Record<string, string>) => {
        const reader = await readEvents(`http://127.0.0.1:${port}/api/v1/counting/up/events`, headers);
        readers.push(reader);
        return reader;
      };
      const reader = await open({ Cookie: cookie });
      await reader.until(({ events }) => events.length > 0);
      expect((await post('/sign-out', { ...page, Cookie: cookie })).status).toBe(303);
      await reader.ended;
      for (const headers of [{}, { Cookie: cookie }]) expect((await open(headers)).status).toBe(401);
    }));

  it('ends when what it shows cannot be read, and for the next reader it is read anew', () =>
    withApp(async (port) => {
      const reader = await open(port);
      await reader.until(({ events }) => events.length > 0);
      failure = new AppError('unavailable', 'database-away', 'The database is away');
      await reader.ended;
      const refused = await open(port);
      await refused.ended;
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([503, 'database-away']);
      failure = undefined;
      const again = await open(port);
      await again.until(({ events }) => events.length > 0);
    }));

  it('ends when its handler sends what its schema does not say', () =>
    withApp(async (port) => {
      const reader = await open(port, server.admin.bearer, {}, 'wrong');
      await reader.until(({ events }) => events.length > 0);
      show(1);
      await reader.ended;
      expect(counts(reader)).toEqual([0]);
    }));

  it('is a problem like any other when it cannot begin', () =>
    withApp(async (port) => {
      const missing = await open(port, server.admin.bearer, {}, 'none');
      await missing.ended;
      expect([missing.status, JSON.parse(missing.text).code]).toEqual([404, 'no-such-count']);
      const powerless = await makeCaller(database.db, 'nobody', []);
      expect((await open(port, powerless.bearer)).status).toBe(403);
    }));

  it('answers HEAD with its headers alone', () =>
    withApp(async (port) => {
      const url = `http://127.0.0.1:${port}/api/v1/counting/up/events`;
      const head = await fetch(url, { method: 'HEAD', headers: { Authorization: server.admin.bearer } });
      expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
      await until(() => watch.size === 0);
    }));
});

describe('open streams', () => {
  it('are bounded for each caller and together; a place that was left is free again', () =>
    withApp(async (port) => {
      const [first] = [await open(port), await open(port)];
      const refused = await open(port);
      await refused.ended;
      expect([refused.status, refused.headers['retry-after']]).toEqual([429, '10']);
      expect(JSON.parse(refused.text)).toMatchObject({
        code: 'too-many-streams',
        detail: expect.stringContaining('admin has 2'),
      });
      const other = await makeCaller(database.db, 'another reader', ['viewer']);
      expect((await open(port, other.bearer)).status).toBe(200);
      const third = await makeCaller(database.db, 'a third reader', ['viewer']);
      const full = await open(port, third.bearer);
      await full.ended;
      expect(JSON.parse(full.text).detail).toContain('3 event streams are open');
      first?.leave();
      await until(async () => (await open(port, third.bearer)).status === 200);
    }, server.variant({})));

  it('end at once when the server stops, a stuck one included, and nobody gets a new one', async () => {
    const stopping = new AbortController();
    const app = server.variant({ stopping: stopping.signal });
    const listening = await listen(app, { host: '127.0.0.1', port: 0 });
    const reader = await open(listening.port);
    const stuck = await open(listening.port);
    await Promise.all([reader, stuck].map((one) => one.until(({ events }) => events.length > 0)));
    stuck.pause();
    show(1, 'x'.repeat(20_000_000));
    stopping.abort();
    const late = await open(listening.port);
    await late.ended;
    expect([late.status, JSON.parse(late.text).code]).toEqual([503, 'stopping']);
    // Cut would be `false`.
    expect(await listening.drain(300)).toBe(true);
    await reader.ended;
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 6000; attempt += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen within half a minute');
}
