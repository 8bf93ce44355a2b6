import { glob, lstat, realpath, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { recordLost } from './drill-part.store.ts';
import { provisioned, type Recovery } from './recovery.ts';
import { pathInside } from './sandbox.ts';

/** What a pattern may match before it is refused: a scenario that loses more names a directory. */
const MATCHES_MAX = 100_000;

/**
 * Deletes what the scenario takes away of the data from what was unpacked, before any step uses it.
 * @throws AppError `unprocessable` `unknown-loss` for a pattern that nothing matches, or a point that is no files.
 */
export async function withholdData(recovery: Recovery): Promise<void> {
  const { definition, recorder, runId, lost, mode } = recovery;
  // What a real incident takes away is gone anyway, and what comes back is wanted.
  const patterns = mode === 'recovery' ? [] : (definition.scenario.lost?.data ?? []);
  if (patterns.length === 0) return;
  const found = new Map<string, string[]>();
  for (const pattern of patterns) found.set(pattern, await matching(recovery, pattern));
  const unknown = [...found].filter(([, paths]) => paths.length === 0).map(([pattern]) => pattern);
  if (unknown.length > 0) throw unknownLoss(`no file of the recovery point is ${unknown.join(', or ')}`);
  for (const path of [...found.values()].flat()) await rm(path, { recursive: true, force: true });
  const words = [...found].map(
    ([pattern, { length }]) => `data ${pattern} (${length} ${length === 1 ? 'path' : 'paths'})`,
  );
  recovery.lost = { ...lost, words: [...lost.words, ...words] };
  await recorder.write((tx) => recordLost(tx, runId, recovery.lost.words));
  recorder.say(`lost in the scenario, and deleted from the copy: ${words.join(', ')}`, 'warn');
}

async function matching(recovery: Recovery, pattern: string): Promise<string[]> {
  const { files, signal } = recovery;
  const { sandbox } = provisioned(recovery);
  if (files === undefined) throw unknownLoss(`${pattern} names files, and the recovery point is a PostgreSQL server`);
  const root = await realpath(await pathInside(sandbox, relative(sandbox.directory, files.root)));
  const paths: string[] = [];
  for await (const name of glob(pattern, { cwd: root })) {
    signal.throwIfAborted();
    const path = join(root, name);
    if (path === root || !(await isBelow(root, path))) continue;
    if (paths.length >= MATCHES_MAX)
      throw unknownLoss(`${pattern} is more than ${MATCHES_MAX} paths: name a directory`);
    paths.push(path);
  }
  return paths;
}

/** A link on the way may lead out of what was unpacked; what it leads to is not the drill's. */
async function isBelow(root: string, path: string): Promise<boolean> {
  const parent = await realpath(dirname(path)).catch(() => undefined);
  const isInside = parent === root || (parent?.startsWith(`${root}${sep}`) ?? false);
  return isInside && (await lstat(path).catch(() => undefined)) !== undefined;
}

function unknownLoss(what: string): AppError {
  return new AppError('unprocessable', 'unknown-loss', `The scenario takes away what is not there: ${what}`);
}
