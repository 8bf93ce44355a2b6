import { expect, test } from 'vitest';
import { defineJob, type Job, type JobContext } from '../../src/scheduling/job.ts';
import { deferred, eventually, notePayload, useQueue } from './support.ts';

type Note = { note: string };

const database = useQueue();

function noteJob(
  name: string,
  run: (context: JobContext<Note>) => Promise<void>,
  changes: Partial<Job<Note>> = {},
): Job {
  return defineJob<Note>({
    name,
    retry: { limit: 0, backoffSeconds: 1 },
    heartbeatSeconds: 10,
    expireSeconds: 60,
    run,
    ...changes,
    payload: notePayload,
  });
}

const works = { tags: ['default'], signal: new AbortController().signal };

test('a job runs within a second of the commit that enqueued it', async () => {
  const ran = deferred<JobContext<Note>>();
  const queue = await database.openQueue([noteJob('note.take', async (context) => ran.resolve(context))]);
  await queue.startWorkers(works);
  const committedMs = performance.now();
  const id = await database.db.transaction((tx) => queue.enqueue(tx, 'note.take', { note: 'hello' }));
  const context = await ran.promise;
  expect(performance.now() - committedMs).toBeLessThan(1000);
  expect(context).toMatchObject({ jobId: id, attempt: 1, payload: { note: 'hello' } });
  expect(await eventually(async () => (await stateOf(id)) === 'completed', 5)).toBe(true);
});

async function stateOf(id: string): Promise<string | undefined> {
  const rows = await database.db.rows<{ state: string }>('SELECT state FROM pgboss.job WHERE id = $1', [id]);
  return rows[0]?.state;
}
