import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineEvents, defineRead, type Route } from '../http/route.ts';
import type { Clock } from '../kernel/clock.ts';
import { runDetailSchema } from './drill.views.ts';
import type { ConclusionDeps } from './drill-deps.ts';
import { runById } from './drill-run.queries.ts';
import { logAfter, type PlacedLogLine } from './live-run.queries.ts';
import { LIVE_LINES_MAX, linesAfter, watchRuns } from './live-run.ts';
import { PHASES } from './phase.ts';
import type { EXAMPLE_RUN_DETAIL } from './route-examples.ts';
import { RUN_STATUSES } from './run.ts';

export type LiveRoutesDeps = Pick<ConclusionDeps, 'db' | 'clock' | 'keyring'>;

/** A drill run as it goes: its log, and all that changes of it while it does. */
export const liveRoutes = (deps: LiveRoutesDeps): Route[] => [listLog, watchRun(deps)];

const common = { tag: 'drills', permission: 'drill.read', params: idParams, errors: ['unknown-run'] } as const;

const instant = z.iso.datetime();

const lineSchema = z.object({
  position: z.int().describe('From 0, without gaps'),
  at: instant,
  level: z.enum(['info', 'warn', 'error']),
  phase: z.enum(PHASES).nullable(),
  message: z.string(),
});

const lineView = ({ at, phase, ...line }: PlacedLogLine): z.input<typeof lineSchema> => ({
  ...line,
  at: at.toISOString(),
  // Sound: the recorder writes no other names.
  phase: phase as z.input<typeof lineSchema>['phase'],
});

const EXAMPLE_LINE: z.input<typeof lineSchema> = {
  position: 3,
  at: '2026-11-22T15:10:03.790Z',
  level: 'info',
  phase: 'fetch',
  message: 'fetched 5 files, 4.7 MiB',
};

const listLog = defineRead({
  ...common,
  path: '/drill-runs/{id}/log',
  operationId: 'getDrillRunLog',
  summary: 'The log of a drill run from its first line on, also while it runs',
  query: pageQueryBy(z.int().min(0).max(1_000_000)),
  response: pageSchema(lineSchema),
  examples: { response: { items: [EXAMPLE_LINE], next: null } },
  handle: async ({ db, params, query }) => {
    const { id } = await runById(db, params.id);
    const page = pageOf(
      await logAfter(db, id, query.after ?? -1, query.limit + 1),
      query.limit,
      (line) => line.position,
    );
    return { body: { items: page.items.map(lineView), next: page.next } };
  },
});

const logSchema = z.object({
  lines: z.array(lineSchema).max(LIVE_LINES_MAX),
  omitted: z.int().describe('Lines before these that were not sent: `/drill-runs/{id}/log` has them'),
});

const watchRun = ({ db, clock, keyring }: LiveRoutesDeps) => {
  const watch = watchRuns(db, keyring);
  return defineEvents({
    ...common,
    path: '/drill-runs/{id}/events',
    operationId: 'watchDrillRun',
    summary: 'A drill run as it goes: its state at once and after each change, new lines of its log, and its end',
    events: {
      run: z.object({ at: instant.describe('The clock of the server when it was sent'), run: runDetailSchema }),
      log: logSchema,
      end: z.object({ status: z.enum(RUN_STATUSES) }).describe('The last event: the run is over'),
    },
    examples: { response: { event: 'log', id: '3', data: { lines: [EXAMPLE_LINE], omitted: 3 } } },
    async *handle({ params, lastEventId, signal }) {
      let position = positionOf(lastEventId);
      let told: typeof EXAMPLE_RUN_DETAIL | undefined;
      for await (const { detail, lines, isOver } of watch.watch(params.id, signal)) {
        if (detail !== told) {
          told = detail;
          yield { event: 'run', data: { at: textOf(clock), run: detail } };
        }
        const fresh = linesAfter(lines, position);
        if (fresh) {
          position = fresh.lines.at(-1)?.position ?? position;
          const data = { lines: fresh.lines.map(lineView), omitted: fresh.omitted };
          yield { event: 'log', id: String(position), data };
        }
        if (!isOver) continue;
        yield { event: 'end', data: { status: detail.status } };
        return;
      }
    },
  });
};

/** Ids are the positions of log lines; everything else begins at the first line. */
function positionOf(lastEventId: string | undefined): number {
  return lastEventId !== undefined && /^\d{1,6}$/.test(lastEventId) ? Number(lastEventId) : -1;
}

function textOf(clock: Clock): string {
  return clock.now().toString({ smallestUnit: 'millisecond' });
}
