import { afterEach, describe, expect, test, vi } from 'vitest';
import { askForConfirmation } from '../../src/drills/confirmation.store.ts';
import { endPhase, startPhase } from '../../src/drills/drill-part.store.ts';
import { appendLog, endRun } from '../../src/drills/drill-run.store.ts';
import { liveRoutes } from '../../src/drills/live.routes.ts';
import { LIVE_LINES_MAX } from '../../src/drills/live-run.ts';
import { beginAttempt } from '../../src/drills/step-attempt.store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type EventReader, readEvents } from '../http/event-reader.ts';
import { routeViolations } from '../http/route-rules.ts';
import { serving, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { newKeyring } from '../support/keyring.ts';
import { ENTITIES } from './support/entities.ts';
import { makeRun } from './support/make-run.ts';

vi.setConfig({ testTimeout: 60_000 });
const database = useDatabase(ENTITIES);
const keyring = await newKeyring();
const routes = () => liveRoutes({ db: database.db, clock: systemClock, keyring });
const server = useApp(database, () => ({ routes: routes() }));
const readers: EventReader[] = [];
afterEach(() => {
  for (const reader of readers.splice(0)) reader.leave();
});

const newRun = () =>
  makeRun(database.db, {
    ...{ drill: newId(), service: newId(), triggeredAt: new Date(Date.now() - 60_000), outcome: 'running' },
  });

async function watch(port: number, runId: string, lastEventId?: string): Promise<EventReader> {
  const reader = await readEvents(`http://127.0.0.1:${port}/api/v1/drill-runs/${runId}/events`, {
    Authorization: server.admin.bearer,
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
  });
  readers.push(reader);
  return reader;
}

const log = (runId: string, from: number, count: number) =>
  database.db.transaction((tx) =>
    appendLog(
      tx,
      runId,
      from,
      Array.from({ length: count }, (_, at) => ({
        ...{ at: new Date(), level: 'info', phase: 'restore', message: `line ${from + at}` },
      })),
    ),
  );

const end = (runId: string) =>
  database.db.transaction((tx) =>
    endRun(
      tx,
      { runId, attempt: 1 },
      {
        ...{
          status: 'failed',
          reason: 'a step failed',
          validation: 'not reached',
          cleanup: 'done',
          cleanupReason: null,
        },
        procedure: { outcome: 'failed', reason: 'a step failed' },
        availability: { outcome: 'not assessed', reason: 'nothing was needed' },
        ...{ technicalRtaSeconds: null, rpaSeconds: null },
      },
    ),
  );

interface RunEvent {
  readonly at: string;
  readonly run: { readonly id: string; readonly status: string; readonly phases: { phase: string; status: string }[] };
}
interface LogEvent {
  readonly lines: readonly { readonly position: number; readonly message: string }[];
  readonly omitted: number;
}

const runsOf = ({ events }: EventReader) =>
  events.filter(({ event }) => event === 'run').map(({ data }) => (data as RunEvent).run);
const logsOf = ({ events }: EventReader) =>
  events.filter(({ event }) => event === 'log').map(({ data }) => data as LogEvent);
const positionsOf = (reader: EventReader) =>
  logsOf(reader).flatMap(({ lines }) => lines.map(({ position }) => position));

describe('a drill run as it goes', () => {
  test('keeps the rules of the house', () => {
    expect(routeViolations(routes())).toEqual([]);
  });

  test('tells its state at once, each change of it once, each line of its log once, and its end', () =>
    serving(server.app, async (port) => {
      const runId = await newRun();
      const { db } = database;
      await log(runId, 0, 3);
      const reader = await watch(port, runId);
      await reader.until(() => positionsOf(reader).length === 3);
      expect(runsOf(reader)).toMatchObject([{ id: runId, status: 'running', progress: { phase: 'restore' } }]);

      await log(runId, 3, 2);
      await reader.until(() => positionsOf(reader).length === 5);
      expect(runsOf(reader)).toHaveLength(1);

      await db.transaction(async (tx) => {
        await endPhase(tx, runId, {
          ...{ phase: 'restore', status: 'done', endedAt: new Date(), seconds: 60, sizeBytes: 9, detail: null },
        });
        await startPhase(tx, runId, 'validate', new Date());
      });
      await reader.until(() => runsOf(reader).length === 2);
      expect(runsOf(reader)[1]).toMatchObject({ progress: { phase: 'validate' } });

      await db.transaction((tx) =>
        beginAttempt(tx, runId, { position: 0, attempt: 1, step: 'check', phase: 'validate', startedAt: new Date() }),
      );
      await reader.until(() => runsOf(reader).length === 3);
      expect(runsOf(reader)[2]).toMatchObject({ steps: [{ step: 'check', outcome: 'running' }] });

      await db.transaction((tx) => askForConfirmation(tx, runId, 'check-totals', 'Compare the totals.'));
      await reader.until(() => runsOf(reader).length === 4);
      expect(runsOf(reader)[3]).toMatchObject({ confirmations: [{ step: 'check-totals', outcome: null }] });

      await log(runId, 5, 1);
      await end(runId);
      await reader.ended;
      expect(reader.events.at(-1)).toMatchObject({ event: 'end', data: { status: 'failed' } });
      expect(runsOf(reader).at(-1)).toMatchObject({ status: 'failed' });
      expect(positionsOf(reader)).toEqual([0, 1, 2, 3, 4, 5]);
    }));

  test('goes on with the log where a reader was cut off; what is too old for it is counted, and stands in the log', () =>
    serving(server.app, async (port) => {
      const runId = await newRun();
      await log(runId, 0, 300);
      await end(runId);
      const from = async (lastEventId?: string) => {
        const reader = await watch(port, runId, lastEventId);
        await reader.ended;
        const [{ lines = [], omitted = 0 } = {}] = logsOf(reader);
        return { first: lines[0]?.position, count: lines.length, omitted, id: reader.events.at(-2)?.id };
      };
      const omitted = 300 - LIVE_LINES_MAX;
      expect(await from()).toEqual({ first: omitted, count: LIVE_LINES_MAX, omitted, id: '299' });
      expect(await from('297')).toEqual({ first: 298, count: 2, omitted: 0, id: '299' });
      expect(await from('299')).toMatchObject({ count: 0 });
      expect(await from('no position')).toMatchObject({ first: omitted });

      const page = async (query: string) =>
        (await server.request('get', `/api/v1/drill-runs/${runId}/log?${query}`).expect(200)).body;
      const first = await page('limit=200');
      const rest = await page(`limit=200&after=${first.next}`);
      expect([...first.items, ...rest.items].map(({ position }) => position)).toEqual([...Array(300).keys()]);
      expect(rest.next).toBeNull();
    }));

  test('of an unknown run is a problem', async () => {
    for (const what of ['events', 'log']) {
      const answer = await server.request('get', `/api/v1/drill-runs/${newId()}/${what}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'unknown-run']);
    }
  });
});
