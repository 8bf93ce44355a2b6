import { backupSetByName } from '../backups/backup-set.queries.ts';
import { pgRestoreFor } from '../backups/dump.restore.ts';
import { requireRepository } from '../backups/external/copy-point.ts';
import { repositoryById } from '../backups/repository.queries.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import { recordPreflight } from './asserted.store.ts';
import type { Asserted } from './asserted.ts';
import type { Assertion, AssertionOf } from './definition-preflight.ts';
import { runById } from './drill-run.queries.ts';
import { resourcesFree } from './hold.step.ts';
import { makeRoom } from './kept.ts';
import { choosePoint } from './point-choice.ts';
import { storable } from './recorder.ts';
import type { Recovery } from './recovery.ts';
import { freeBytesOf, openSandboxRoot } from './sandbox.ts';
import { requireIsolation } from './script/isolation.ts';

/**
 * Judges every assertion of the definition, also after one has failed, and keeps how each came out.
 * @throws AppError `unprocessable` `preflight-failed` with every reason; the signal's reason.
 */
export async function preflight(recovery: Recovery): Promise<void> {
  const { definition, recorder, runId } = recovery;
  const asserted: Asserted[] = [];
  for (const assertion of definition.preflight ?? []) asserted.push(await judge(recovery, assertion));
  if (asserted.length === 0) return;
  await recorder.write((tx) => recordPreflight(tx, runId, asserted));
  const failed = asserted.filter(({ result }) => result === 'failed');
  recorder.say(`preflight: ${asserted.length - failed.length} of ${asserted.length} assertions hold`);
  if (failed.length === 0) return;
  const reasons = failed.map(({ name, actual, expected }) => `${name}: ${actual}, expected ${expected}`).join('; ');
  throw new AppError('unprocessable', 'preflight-failed', `The preflight failed, and nothing was begun: ${reasons}`);
}

async function judge(recovery: Recovery, assertion: Assertion): Promise<Asserted> {
  recovery.signal.throwIfAborted();
  const name = assertion.name ?? assertion.assert;
  const expected = EXPECTED[assertion.assert](assertion as never);
  try {
    const found = await look(recovery, assertion);
    return { name, expected, actual: found.actual, result: found.holds ? 'passed' : 'failed' };
  } catch (thrown) {
    recovery.signal.throwIfAborted();
    if (!(thrown instanceof AppError) || thrown.code === 'run-lost') throw thrown;
    return { name, expected, actual: storable(messageOf(thrown)), result: 'failed' };
  }
}

const EXPECTED: { readonly [Name in Assertion['assert']]: (assertion: AssertionOf<Name>) => string } = {
  pgRestore: ({ minMajor }) => `pg_restore ${minMajor} or newer`,
  freeSpace: ({ minBytes }) => `${formatBytes(minBytes)} free`,
  isolation: () => 'namespaces',
  pointAge: ({ maxSeconds }) => `a recovery point of ${formatSeconds(maxSeconds)} at most`,
  repository: () => 'a repository that can be reached',
  resources: () => 'all of it free',
};

interface Found {
  readonly holds: boolean;
  readonly actual: string;
}

async function look(recovery: Recovery, assertion: Assertion): Promise<Found> {
  switch (assertion.assert) {
    case 'pgRestore':
      return findPgRestore(recovery, assertion);
    case 'freeSpace':
      return measureSpace(recovery, assertion);
    case 'isolation':
      await requireIsolation();
      return { holds: true, actual: 'there are namespaces' };
    case 'pointAge':
      return measurePoint(recovery, assertion);
    case 'repository':
      return reachRepository(recovery);
    case 'resources': {
      const short = await resourcesFree(recovery);
      return short === undefined ? { holds: true, actual: 'all of it is free' } : { holds: false, actual: short };
    }
  }
}

async function findPgRestore({ deps }: Recovery, { minMajor }: AssertionOf<'pgRestore'>): Promise<Found> {
  const { binDirectories } = await deps.scratchServer(minMajor, true);
  await pgRestoreFor(minMajor, binDirectories);
  return { holds: true, actual: 'there is one' };
}

async function measureSpace({ deps }: Recovery, { minBytes }: AssertionOf<'freeSpace'>): Promise<Found> {
  const root = await openSandboxRoot(deps.sandboxRoot);
  await makeRoom(deps, root, minBytes);
  const freeBytes = await freeBytesOf(root);
  return { holds: freeBytes >= minBytes, actual: `${formatBytes(freeBytes)} free` };
}

async function measurePoint(recovery: Recovery, { maxSeconds }: AssertionOf<'pointAge'>): Promise<Found> {
  const { deps, runId, definition } = recovery;
  const { triggeredAt } = await runById(deps.db, runId);
  const { point } = await choosePoint(deps.db, definition.recoveryPoint, { triggeredAt, say: () => {} });
  const seconds = Math.max(0, triggeredAt.getTime() - point.takenAt.epochMilliseconds) / 1000;
  return { holds: seconds <= maxSeconds, actual: `${point.name} is ${formatSeconds(seconds)} old` };
}

async function reachRepository({ deps, definition, lost, signal }: Recovery): Promise<Found> {
  const { set: setName } = definition.recoveryPoint;
  const set = await backupSetByName(deps.db, setName);
  if (!set) return { holds: false, actual: `there is no backup set ${setName}` };
  const repository = await repositoryById(deps.db, set.repositoryId);
  if (lost.repositoryIds.includes(repository.id)) {
    return { holds: false, actual: `the scenario takes ${repository.name} away` };
  }
  await requireRepository(deps, repository, signal);
  return { holds: true, actual: `${repository.name} can be reached` };
}
