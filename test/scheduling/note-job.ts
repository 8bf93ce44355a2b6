import { z } from 'zod';
import { defineJob, type Job, type JobContext } from '../../src/scheduling/job.ts';

export interface Note {
  readonly note: string;
}

const notePayload = z.strictObject({ note: z.string().max(100) });

/** A job named `note.take` that does what the test says, once. */
export function noteJob(run: (context: JobContext<Note>) => Promise<void>, changes: Partial<Job<Note>> = {}): Job {
  return defineJob<Note>({
    name: 'note.take',
    retry: { limit: 0, backoffSeconds: 1 },
    heartbeatSeconds: 10,
    expireSeconds: 60,
    run,
    ...changes,
    payload: notePayload,
  });
}
