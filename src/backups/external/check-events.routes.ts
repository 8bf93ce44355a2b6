import { z } from 'zod';
import type { Queryable } from '../../database/database.ts';
import { idParams } from '../../http/parameters.ts';
import { defineEvents, type Route } from '../../http/route.ts';
import type { Clock } from '../../kernel/clock.ts';
import { SharedWatch } from '../../kernel/shared-watch.ts';
import { repositoryById } from '../repository.queries.ts';
import { listChecksOf } from '../run.queries.ts';
import { POINT_CHECK } from './verification.examples.ts';
import { pointCheckSchema, pointCheckView } from './verification.views.ts';

export interface CheckEventsDeps {
  readonly db: Queryable;
  readonly clock: Clock;
}

/** The checks of a repository as they go. */
export const checkEventsRoutes = (deps: CheckEventsDeps): Route[] => [watchChecks(deps)];

/** How often the checks of a repository are looked at while somebody watches them: they say how far they are once a second. */
const INTERVAL_MS = 1000;
/** Checks under way that are shown; a repository has few readers. */
const RUNNING_MAX = 50;
const NEWEST_MAX = 10;

type PointCheckView = z.input<typeof pointCheckSchema>;

interface Checks {
  readonly running: readonly PointCheckView[];
  /** Read when the checks that run are others than before. */
  readonly newest: readonly PointCheckView[];
  /** Tells whether something has moved. */
  readonly text: string;
}

async function readChecks(db: Queryable, repositoryId: string, previous: Checks | undefined): Promise<Checks> {
  const checks = async (limit: number, onlyRunning: boolean) =>
    (await listChecksOf(db, { repositoryId }, { limit, onlyRunning })).map(pointCheckView);
  const running = await checks(RUNNING_MAX, true);
  const text = JSON.stringify(running);
  if (previous?.text === text) return previous;
  const isSame = previous !== undefined && idsOf(previous.running) === idsOf(running);
  const newest = isSame ? previous.newest : await checks(NEWEST_MAX, false);
  return { running, newest: newest.filter(({ state }) => state !== 'running'), text };
}

function idsOf(checks: readonly PointCheckView[]): string {
  return checks.map(({ id, attempt }) => `${id} ${attempt}`).join();
}

const checksSchema = z.object({
  at: z.iso.datetime().describe('The clock of the server when it was sent'),
  running: z.array(pointCheckSchema).max(RUNNING_MAX).describe('Those under way, with their progress; newest first'),
  newest: z.array(pointCheckSchema).max(NEWEST_MAX).describe('The newest of those that are over'),
});

const watchChecks = ({ db, clock }: CheckEventsDeps) => {
  const watch = new SharedWatch<Checks>({
    read: (id, previous) => readChecks(db, id, previous),
    intervalMs: INTERVAL_MS,
  });
  return defineEvents({
    tag: 'backups',
    permission: 'backup.read',
    path: '/repositories/{id}/checks/events',
    operationId: 'watchRepositoryChecks',
    summary: 'The checks of a repository as they go: progress and time left of those under way, and what came of them',
    errors: ['no-such-repository'],
    params: idParams,
    events: { checks: checksSchema },
    examples: {
      response: { event: 'checks', data: { at: '2026-11-22T02:31:00Z', running: [], newest: [POINT_CHECK] } },
    },
    async *handle({ params, signal }) {
      const { id } = await repositoryById(db, params.id);
      for await (const { running, newest } of watch.watch(id, signal)) {
        const at = clock.now().toString({ smallestUnit: 'millisecond' });
        yield { event: 'checks', data: { at, running: [...running], newest: [...newest] } };
      }
    },
  });
};
