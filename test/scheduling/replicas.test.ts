import { beforeAll, expect, test } from 'vitest';
import { jobStatus } from '../../src/scheduling/job-status.queries.ts';
import { listFires } from '../../src/scheduling/schedule.queries.ts';
import { ensureSchedule } from '../../src/scheduling/schedule.service.ts';
import { runAs } from '../support/database.ts';
import { noteJob } from './note-job.ts';
import { useReplicas } from './replicas.ts';
import { eventually, useQueue } from './support.ts';

const database = useQueue();
const startReplica = useReplicas();

beforeAll(async () => {
  await runAs(
    database.owner,
    'CREATE TABLE ran (job_id uuid, attempt integer, pid integer, PRIMARY KEY (job_id, attempt))',
  );
});

test('three replicas with skewed clocks, one of them killed: every slot fires exactly once and its job runs once', async () => {
  const name = 'minutely';
  await hurryDatabaseClock('2026-10-25T00:55:30Z');
  const timing = { cron: '* * * * *', zone: 'Europe/Berlin', catchUp: 'all' } as const;
  const schedule = await database.db.transaction((tx) =>
    ensureSchedule(tx, { name, ...timing, job: 'note.take', payload: { note: 'tick' } }),
  );
  await runAs(database.owner, `UPDATE schedule SET cursor_at = '2026-10-25T00:55:30Z'`);
  const start = (skewSeconds: number) =>
    startReplica({ service: database.service, skewSeconds, ticks: true, works: true });
  const replicas = [start(0), start(-5401.7), start(86_403.3)];
  await Promise.all(replicas.map((replica) => replica.printed('ready')));

  const judged = async () => (await listFires(database.db, schedule.id, { limit: 500 })).length;
  expect(await eventually(async () => (await judged()) >= 10, 30)).toBe(true);
  await replicas[0]?.kill();
  expect(await eventually(async () => (await judged()) >= 30, 40)).toBe(true);
  expect(await Promise.all(replicas.slice(1).map((replica) => replica.stop()))).toEqual([0, 0]);

  const fires = (await listFires(database.db, schedule.id, { limit: 500 })).toReversed();
  expect(fires.map((fire) => fire.state)).toEqual(fires.map(() => 'fired'));
  const minutes = fires.map((fire) => fire.slot.epochMilliseconds / 60_000);
  expect(minutes).toEqual(minutes.map((_minute, index) => (minutes[0] ?? 0) + index));
  expect(String(fires[0]?.slot)).toBe('2026-10-25T00:56:00Z');
  const jobs = await database.db.rows<{ id: string }>(`SELECT id FROM pgboss.job WHERE name = 'note.take'`);
  expect(new Set(jobs.map((job) => job.id))).toEqual(new Set(fires.map((fire) => fire.jobId)));
  const again = await database.db.rows<{ pid: number }>(
    'SELECT pid FROM ran r WHERE attempt = 1 AND EXISTS (SELECT FROM ran s WHERE s.job_id = r.job_id AND s.attempt > 1)',
  );
  // Only what the killed one had in hand may have been done a second time.
  expect(again.filter(({ pid }) => pid !== replicas[0]?.pid)).toEqual([]);
});

test('the job of a killed worker is taken over by another with its attempt counted; one without retries is failed', async () => {
  const queue = await database.openQueue([noteJob(async () => {}), noteJob(async () => {}, { name: 'note.once' })]);
  const victim = startReplica({ service: database.service, works: true, hangs: true });
  await victim.printed('ready');
  const id = await database.db.transaction((tx) => queue.enqueue(tx, 'note.take', { note: 'survive' }));
  const once = await database.db.transaction((tx) => queue.enqueue(tx, 'note.once', { note: 'never again' }));
  await Promise.all([victim.printed('run 1'), victim.printed('run once')]);
  await victim.kill();
  const heir = startReplica({ service: database.service, works: true });
  await heir.printed('ready');
  expect((await jobStatus(database.db, id)).state).toBe('running');
  await heir.printed('run 2');
  expect(await eventually(async () => (await jobStatus(database.db, id)).state === 'completed', 5)).toBe(true);
  expect(await jobStatus(database.db, id)).toMatchObject({ attempt: 2 });
  expect(await jobStatus(database.db, once)).toMatchObject({
    state: 'failed',
    attempt: 1,
    failure: { code: 'lease-lost' },
  });
  expect(await database.db.rows('SELECT pid FROM ran WHERE job_id = $1', [once])).toEqual([{ pid: victim.pid }]);
  expect(await database.db.rows('SELECT attempt, pid FROM ran WHERE job_id = $1 ORDER BY attempt', [id])).toEqual([
    { attempt: 1, pid: victim.pid },
    { attempt: 2, pid: heir.pid },
  ]);
  expect(await heir.stop()).toBe(0);
});

/** From now on the database's clock says `start` and runs two minutes every second, for every new connection. */
async function hurryDatabaseClock(start: string): Promise<void> {
  const { database: name } = database.superuser;
  await runAs(
    database.superuser,
    `CREATE SCHEMA hurried;
     GRANT USAGE ON SCHEMA hurried TO PUBLIC;
     DO $$ BEGIN
       EXECUTE format('CREATE FUNCTION hurried.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS %L', format(
         'SELECT %L::timestamptz + (pg_catalog.clock_timestamp() - %L::timestamptz) * 120', '${start}', pg_catalog.clock_timestamp()));
     END $$;
     ALTER DATABASE ${name} SET search_path = hurried, pg_catalog, public`,
  );
}
