import { randomBytes } from 'node:crypto';
import { mkdir, realpath, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import { FetchJournal } from '../remote/fetch-journal.ts';
import { openSpool } from '../remote/spool.ts';
import { checksToGoOn } from '../run.queries.ts';
import type { RunKey } from '../run.store.ts';
import { deadWorkIn, openWorkDirectory, removeDeadWork, type WorkDirectory } from '../work-directory.ts';

/** Where the point of a check is fetched to. */
export interface CheckSpool extends AsyncDisposable {
  /** A real path; what an earlier attempt of the check fetched lies there already. */
  readonly root: string;
  /** What of it can be gone on with; undefined: nothing is kept for another attempt. */
  readonly journal: FetchJournal | undefined;
}

export interface CheckSpoolDeps {
  readonly db: Database;
  readonly log: Logger;
  readonly spoolRoot: string;
  readonly signal: AbortSignal;
}

/** Apart from what nobody goes on with, which the next one removes. */
const CHECKS = 'checks';

/**
 * Opens a directory for the point of a check. What an attempt had fetched whose process died, or that a worker stopped, is gone on
 * with on the same machine; what no check goes on with any more is removed.
 */
export async function openCheckSpool(deps: CheckSpoolDeps, run: RunKey | undefined): Promise<CheckSpool> {
  const { db, log, spoolRoot, signal } = deps;
  if (run === undefined) {
    const spool = await openSpool(spoolRoot, log);
    const close = () => spool[Symbol.asyncDispose]();
    return { root: await realpath(spool.path), journal: undefined, [Symbol.asyncDispose]: close };
  }
  const parent = join(spoolRoot, CHECKS);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const left = (await deadWorkIn(parent)).map((work) => ({ work, checkId: work.name.split('.')[0] ?? '' }));
  const mine = left.find(({ work, checkId }) => checkId === run.id && work.isIntact);
  const others = left.filter((one) => one !== mine && one.checkId !== run.id);
  const wanted = await checksToGoOn(
    db,
    others.map(({ checkId }) => checkId),
  );
  for (const one of left) if (one !== mine && !wanted.has(one.checkId)) await removeDeadWork(one.work, log);
  const spool = await openWorkDirectory(parent, `${run.id}.${randomBytes(4).toString('hex')}`, mine?.work);
  try {
    const files = join(spool.path, 'files');
    await mkdir(files, { recursive: true, mode: 0o700 });
    const journal = await FetchJournal.open(join(spool.path, 'fetched.jsonl'));
    return { root: await realpath(files), journal, [Symbol.asyncDispose]: () => close(spool, parent, signal) };
  } catch (thrown) {
    await spool[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** A worker that stops leaves what it fetched to the next attempt. */
async function close(spool: WorkDirectory, parent: string, { aborted, reason }: AbortSignal): Promise<void> {
  if (aborted && reason instanceof AppError && reason.code === 'worker-stopped') return spool.leave();
  await spool[Symbol.asyncDispose]();
  // Others may be at work there.
  await rmdir(parent).catch(() => undefined);
}
