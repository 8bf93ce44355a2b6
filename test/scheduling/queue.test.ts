import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import type { Tx } from '../../src/database/database.ts';
import { SERVICE_ROLE } from '../../src/database/roles.ts';
import type { Job, JobContext } from '../../src/scheduling/job.ts';
import { type JobStatus, jobStatus } from '../../src/scheduling/job-status.queries.ts';
import type { JobQueue } from '../../src/scheduling/queue.ts';
import { runAs } from '../support/database.ts';
import { createSchema } from '../support/schema.ts';
import { type Note, noteJob } from './note-job.ts';
import { deferred, eventually, expectNoWorkers, untilAborted, useQueue } from './support.ts';

const database = useQueue();

const works = { tags: ['default'], signal: new AbortController().signal };

const put = (queue: JobQueue, note: string, options?: Parameters<JobQueue['enqueue']>[3]) =>
  database.db.transaction((tx) => queue.enqueue(tx, 'note.take', { note }, options));

const reaches = (id: string, state: JobStatus['state'], seconds = 10) =>
  eventually(async () => (await jobStatus(database.db, id)).state === state, seconds);

const deadLetters = (id: string) =>
  database.db.rows<{ data: unknown }>(`SELECT data FROM pgboss.job WHERE name = 'dead-letter' AND source_id = $1`, [
    id,
  ]);

describe('enqueue', () => {
  test('a job runs within a second of the commit that enqueued it', async () => {
    const ran = deferred<JobContext<Note>>();
    const queue = await database.openQueue([noteJob(async (context) => ran.resolve(context))]);
    await queue.startWorkers(works);
    await put(queue, 'the first one also makes the queue');
    const committedMs = performance.now();
    const id = await put(queue, 'hello');
    const context = await ran.promise;
    // On a machine with time for it; a busy one gets more.
    expect(performance.now() - committedMs).toBeLessThan(5000);
    expect(context).toMatchObject({ attempt: 1 });
    expect(await reaches(id, 'completed')).toBe(true);
    expect(await jobStatus(database.db, id)).toMatchObject({
      job: 'note.take',
      workerTag: 'default',
      attempt: 1,
      attemptsMax: 1,
      failure: null,
    });
  });

  test('a job vanishes with the transaction that enqueued it', async () => {
    const queue = await database.openQueue([noteJob(async () => {})]);
    let id = '';
    const work = async (tx: Tx) => {
      id = await queue.enqueue(tx, 'note.take', { note: 'never' });
      expect(await jobStatus(tx, id)).toMatchObject({ state: 'waiting', attempt: 0 });
      throw new Error('the work around it failed');
    };
    await expect(database.db.transaction(work)).rejects.toThrow('the work around it failed');
    await expect(jobStatus(database.db, id)).rejects.toMatchObject({ kind: 'not-found', code: 'no-such-job' });
  });

  test('a payload that its schema refuses is not enqueued, and the error names the field', async () => {
    const queue = await database.openQueue([noteJob(async () => {})]);
    const enqueue = (payload: unknown) => database.db.transaction((tx) => queue.enqueue(tx, 'note.take', payload));
    await expect(enqueue({ note: 7 })).rejects.toMatchObject({
      code: 'invalid-job-payload',
      fields: [{ field: '#/payload/note' }],
    });
    await expect(enqueue({ note: 'a', more: 1 })).rejects.toMatchObject({ code: 'invalid-job-payload' });
    await expect(enqueue('text')).rejects.toMatchObject({ code: 'invalid-job-payload' });
    await expect(enqueue({ note: 'x'.repeat(70_000) })).rejects.toMatchObject({ code: 'job-payload-too-large' });
  });

  test('a job that is in no list, and a tag that is none, are refused', async () => {
    const queue = await database.openQueue([noteJob(async () => {})]);
    await expect(database.db.transaction((tx) => queue.enqueue(tx, 'note.burn', {}))).rejects.toMatchObject({
      code: 'unknown-job',
    });
    await expect(put(queue, 'a', { tag: 'Vault 1/x' })).rejects.toMatchObject({ code: 'bad-worker-tag' });
  });

  test('while a job with a key waits there is no second one; once it runs, the next may wait', async () => {
    const started = deferred();
    const release = deferred();
    const queue = await database.openQueue([
      noteJob(async ({ payload }) => {
        if (payload.note !== 'first') return;
        started.resolve();
        await release.promise;
      }),
    ]);
    const options = { singletonKey: 'set-7' };
    const first = await put(queue, 'first', options);
    expect(await put(queue, 'again', options)).toBe(first);
    const rivals = await Promise.all(Array.from({ length: 8 }, () => put(queue, 'rival', { singletonKey: 'set-8' })));
    expect(new Set(rivals).size).toBe(1);
    await queue.startWorkers(works);
    await started.promise;
    const next = await put(queue, 'next', options);
    expect(next).not.toBe(first);
    release.resolve();
    expect(await reaches(next, 'completed')).toBe(true);
  });

  test('a job does not start before its time', async () => {
    const startedAtMs = deferred<number>();
    const queue = await database.openQueue([noteJob(async () => startedAtMs.resolve(Date.now()))]);
    await queue.startWorkers(works);
    const startAfter = Temporal.Now.instant().add({ milliseconds: 1500 });
    const id = await put(queue, 'later', { startAfter });
    expect((await jobStatus(database.db, id)).state).toBe('waiting');
    expect(await startedAtMs.promise).toBeGreaterThanOrEqual(startAfter.epochMilliseconds);
  });
});

test.each<[what: string, changes: Partial<Job<Note>>]>([
  ['name', { name: 'Note' }],
  ['heartbeatSeconds', { heartbeatSeconds: 9 }],
  ['expireSeconds', { expireSeconds: 86_401 }],
  ['retry.limit', { retry: { limit: -1, backoffSeconds: 1 } }],
  ['concurrency', { concurrency: 0 }],
])('a job whose %s the queue cannot hold to is refused when it is declared', (what, changes) => {
  expect(() => noteJob(async () => {}, changes)).toThrow(what);
});

describe('workers', () => {
  test('work only the queues of their tags', async () => {
    const seen: string[] = [];
    const job = noteJob(async ({ payload }) => void seen.push(payload.note));
    const queue = await database.openQueue([job]);
    const forVault = await put(queue, 'vault', { tag: 'vault-1' });
    const forAll = await put(queue, 'default');
    const general = await queue.startWorkers(works);
    expect(await reaches(forAll, 'completed')).toBe(true);
    expect(await jobStatus(database.db, forVault)).toMatchObject({ state: 'waiting', workerTag: 'vault-1' });
    await general.stop();
    const vault = await queue.startWorkers({ ...works, tags: ['vault-1'] });
    const another = await put(queue, 'not here');
    expect(await reaches(forVault, 'completed')).toBe(true);
    expect((await jobStatus(database.db, another)).state).toBe('waiting');
    expect(seen).toEqual(['default', 'vault']);
    await vault.stop();
  });

  test('drain a backlog without pauses, as many at once as the job says', async () => {
    let now = 0;
    let most = 0;
    const job = noteJob(
      async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 2));
        now -= 1;
      },
      { concurrency: 3 },
    );
    const queue = await database.openQueue([job]);
    const ids = await database.db.transaction(async (tx) => {
      const sent: string[] = [];
      for (let index = 0; index < 200; index += 1)
        sent.push(await queue.enqueue(tx, 'note.take', { note: `${index}` }));
      return sent;
    });
    await queue.startWorkers(works);
    const open = async () => {
      const rows = await database.db.rows(`SELECT FROM pgboss.job WHERE id = ANY ($1) AND state <> 'completed'`, [ids]);
      return rows.length;
    };
    expect(await eventually(async () => (await open()) === 0, 20)).toBe(true);
    expect(most).toBe(3);
  });

  test('a failed run is tried again with its attempt counted, then kept among the dead letters with its reason', async () => {
    const attempts: number[] = [];
    const queue = await database.openQueue([
      noteJob(
        async ({ attempt }) => {
          attempts.push(attempt);
          throw new Error(`broken ${attempt}`);
        },
        { retry: { limit: 1, backoffSeconds: 1 } },
      ),
    ]);
    await queue.startWorkers(works);
    const id = await put(queue, 'retry me');
    expect(await reaches(id, 'failed', 20)).toBe(true);
    expect(attempts).toEqual([1, 2]);
    expect(await jobStatus(database.db, id)).toMatchObject({
      attempt: 2,
      attemptsMax: 2,
      failure: { code: 'internal', message: 'broken 2' },
    });
    expect(await deadLetters(id)).toEqual([{ data: { note: 'retry me' } }]);
  });

  test('a job with no retries is never run twice', async () => {
    const attempts: number[] = [];
    const queue = await database.openQueue([
      noteJob(async ({ attempt }) => {
        attempts.push(attempt);
        throw new Error('once is enough');
      }),
    ]);
    await queue.startWorkers(works);
    const id = await put(queue, 'once');
    expect(await reaches(id, 'failed')).toBe(true);
    await put(queue, 'another, so that the queue is asked again').then((next) => reaches(next, 'failed'));
    expect(attempts).toEqual([1, 1]);
    expect((await jobStatus(database.db, id)).attempt).toBe(1);
  });

  test('a stored payload that fits no more is refused for good, without a run', async () => {
    let runs = 0;
    const queue = await database.openQueue([
      noteJob(
        async () => {
          runs += 1;
        },
        { retry: { limit: 3, backoffSeconds: 1 } },
      ),
    ]);
    const id = await put(queue, 'soon strange');
    await database.db.execute(`UPDATE pgboss.job SET data = '{"other": true}' WHERE id = $1`, [id]);
    await queue.startWorkers(works);
    expect(await reaches(id, 'failed')).toBe(true);
    expect(await jobStatus(database.db, id)).toMatchObject({ attempt: 1, failure: { code: 'invalid-job-payload' } });
    expect(runs).toBe(0);
    expect(await deadLetters(id)).toHaveLength(1);
  });

  test('a run past its time limit is failed and its signal aborted', async () => {
    const aborted = deferred();
    const queue = await database.openQueue([
      noteJob(async ({ signal }) => untilAborted(signal).finally(() => aborted.resolve()), { expireSeconds: 1 }),
    ]);
    await queue.startWorkers(works);
    const id = await put(queue, 'too long');
    await aborted.promise;
    expect(await reaches(id, 'failed')).toBe(true);
  });

  test('a run whose lease went to another is aborted, and its late result changes nothing', async () => {
    const [first, second, release] = [deferred(), deferred(), deferred()];
    const ends: string[] = [];
    const queue = await database.openQueue([
      noteJob(
        async ({ attempt, signal }) => {
          if (attempt === 2) {
            second.resolve();
            return release.promise;
          }
          first.resolve();
          await untilAborted(signal).catch(() => {});
          ends.push('aborted');
        },
        { concurrency: 2, retry: { limit: 2, backoffSeconds: 1 } },
      ),
    ]);
    const workers = await queue.startWorkers(works);
    const id = await put(queue, 'back from the dead');
    await first.promise;
    // As the supervisor does with a silent worker.
    await database.db.execute(`UPDATE pgboss.job SET state = 'retry' WHERE id = $1`, [id]);
    await second.promise;
    expect(await eventually(() => ends.length === 1 && workers.running() === 1, 30)).toBe(true);
    expect(await jobStatus(database.db, id)).toMatchObject({ state: 'running', attempt: 2 });
    release.resolve();
    expect(await reaches(id, 'completed')).toBe(true);
    expect((await jobStatus(database.db, id)).attempt).toBe(2);
  });

  test('a cancelled job has its signal aborted and stays cancelled', async () => {
    const started = deferred();
    const ended = deferred();
    const queue = await database.openQueue([
      noteJob(async ({ signal }) => {
        started.resolve();
        await untilAborted(signal).finally(() => ended.resolve());
      }),
    ]);
    await queue.startWorkers(works);
    const id = await put(queue, 'cancel me');
    await started.promise;
    expect(await database.db.transaction((tx) => queue.cancel(tx, id))).toBe(true);
    await ended.promise;
    expect((await jobStatus(database.db, id)).state).toBe('cancelled');
    expect(await database.db.transaction((tx) => queue.cancel(tx, id))).toBe(false);
  });
});

describe('stopping', () => {
  test('aborts the signal of running jobs, takes no new ones and waits for the end', async () => {
    const started = deferred();
    const steps: string[] = [];
    const queue = await database.openQueue([
      noteJob(
        async ({ payload, signal }) => {
          steps.push(`started ${payload.note}`);
          started.resolve();
          await untilAborted(signal).catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 100));
          steps.push('put away');
          signal.throwIfAborted();
        },
        { retry: { limit: 1, backoffSeconds: 60 } },
      ),
    ]);
    const drain = new AbortController();
    const workers = await queue.startWorkers({ ...works, signal: drain.signal });
    const id = await put(queue, 'one');
    const next = await put(queue, 'two');
    await started.promise;
    expect(workers.running()).toBe(1);
    drain.abort();
    await workers.stop();
    expect(workers.running()).toBe(0);
    expect(steps).toEqual(['started one', 'put away']);
    expect(await jobStatus(database.db, id)).toMatchObject({ state: 'waiting', failure: { code: 'worker-stopped' } });
    expect(await jobStatus(database.db, next)).toMatchObject({ state: 'waiting', attempt: 0 });
  });

  test('does not wait for ever for a job that ignores its signal', async () => {
    const started = deferred();
    const release = deferred();
    const queue = await database.openQueue(
      [
        noteJob(async () => {
          started.resolve();
          await release.promise;
        }),
      ],
      { drainSeconds: 1 },
    );
    const workers = await queue.startWorkers(works);
    const id = await put(queue, 'deaf');
    await started.promise;
    // The job ends after it: whoever waited for it would wait for ever.
    await workers.stop();
    expect(await jobStatus(database.db, id)).toMatchObject({ state: 'failed', failure: { code: 'worker-stopped' } });
    release.resolve();
  });

  test('the leak check sees a worker that is left running', async () => {
    const queue = await database.openQueue([noteJob(async () => {})]);
    await queue.startWorkers(works);
    await expect(expectNoWorkers(database, 0.2)).rejects.toThrow('a worker was left running');
  });
});

describe('installation', () => {
  test('changes nothing the second time, also when replicas race', async () => {
    const install = () => createSchema({ owner: database.owner, service: database.service });
    const catalog = () =>
      runAs(
        database.owner,
        `SELECT relname, relkind, relacl::text FROM pg_class WHERE relnamespace = 'pgboss'::regnamespace ORDER BY relname`,
      );
    const before = await catalog();
    expect(before.length).toBeGreaterThan(10);
    await Promise.all([install(), install(), install()]);
    expect(await catalog()).toEqual(before);
  });

  test("the service's role owns nothing of the queue and can change none of its tables", async () => {
    const owned = await runAs(
      database.owner,
      `SELECT relname FROM pg_class WHERE relnamespace = 'pgboss'::regnamespace AND relowner = $1::regrole`,
      [SERVICE_ROLE],
    );
    expect(owned).toEqual([]);
    for (const sql of [
      'DROP TABLE pgboss.job_common',
      'ALTER TABLE pgboss.job_common DISABLE TRIGGER ALL',
      'TRUNCATE pgboss.job_common',
      'CREATE TABLE pgboss.mine ()',
    ]) {
      await expect(runAs(database.service, sql)).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('a queue that is not installed is refused with what to do', async () => {
    await runAs(database.owner, 'ALTER SCHEMA pgboss RENAME TO elsewhere');
    try {
      await expect(database.openQueue([noteJob(async () => {})])).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'queue-not-installed',
      });
    } finally {
      await runAs(database.owner, 'ALTER SCHEMA elsewhere RENAME TO pgboss');
    }
  });
});
