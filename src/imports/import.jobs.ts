import { z } from 'zod';
import { findPrincipal } from '../auth/principal.store.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { defineJob, type Job } from '../scheduling/job.ts';
import { applyImport, checkImport } from './apply-import.service.ts';
import { APPLY_IMPORT_JOB, CHECK_IMPORT_JOB } from './import-job-name.ts';

const common = { retry: { limit: 2, backoffSeconds: 10 }, heartbeatSeconds: 60, expireSeconds: 21_600 };

/** The durable work of imports. Each is one transaction: a run that was cut short leaves nothing, and is done again. */
export const importJobs = ({ db }: { readonly db: Database }): Job[] => [
  defineJob({
    ...common,
    name: CHECK_IMPORT_JOB,
    payload: z.strictObject({ importId: z.uuid() }),
    run: ({ payload }) => unlessRefused(() => checkImport(db, payload.importId)),
  }),
  defineJob({
    ...common,
    name: APPLY_IMPORT_JOB,
    payload: z.strictObject({ importId: z.uuid(), principalId: z.uuid(), requestId: z.string().max(64) }),
    run: ({ payload: { importId, principalId, requestId } }) =>
      unlessRefused(async () => {
        const principal = await findPrincipal(db, principalId);
        if (!principal) throw new AppError('not-found', 'no-such-principal', `There is no principal ${principalId}`);
        await applyImport(db, { principal, requestId }, importId);
      }),
  }),
];

/** A refusal is kept with the import, and no second try changes it. */
async function unlessRefused(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const isRefusal = thrown instanceof AppError && ['conflict', 'unprocessable', 'not-found'].includes(thrown.kind);
    if (!isRefusal) throw thrown;
  }
}
