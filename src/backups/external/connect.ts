import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import type { Database } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Repository } from '../backup-catalogue.ts';
import { isRemote, openStore, type RemoteMeans, type RemoteRepository } from '../remote/open-store.ts';
import { testRemoteConnection } from '../remote/remote-connection-test.ts';
import { openSpool } from '../remote/spool.ts';
import { repositoryById } from '../repository.queries.ts';
import { type ConnectionFault, type ConnectionResult, testConnection, WRITE_FAILURES } from './connection-test.ts';
import { recordConnected, recordNotConnected } from './repository.store.ts';

export interface ConnectDeps {
  readonly db: Database;
  readonly log: Logger;
  readonly remote: RemoteMeans;
}

/**
 * Tests the connection to a repository from this machine, and records what came of it. What is wrong with the repository is a
 * result, and no failure of the test. Nothing is recorded when its place was changed meanwhile: that has ordered a test of its
 * own.
 * @throws AppError `not-found` `no-such-repository`.
 */
export async function connectRepository(
  deps: ConnectDeps,
  order: { readonly repositoryId: string; readonly acceptIdentity: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { db, log } = deps;
  const repository = await repositoryById(db, order.repositoryId);
  if (repository.retired !== undefined) return;
  const { acceptIdentity } = order;
  const result = isRemote(repository)
    ? await connectRemote(deps, repository, acceptIdentity, signal)
    : await testConnection(repository, acceptIdentity);
  const failure = 'failure' in result ? result.failure : await claim(db, repository, result.identity);
  if (failure === undefined) {
    log.info({ repository: repository.name }, 'repository connected');
    return;
  }
  log.warn({ repository: repository.name, ...failure }, 'repository not connected');
  const isStillReadable = WRITE_FAILURES.has(failure.code) && repository.identity !== undefined;
  await db.transaction((tx) => recordNotConnected(tx, repository, failure, { isStillReadable }));
}

async function connectRemote(
  { db, log, remote }: ConnectDeps,
  repository: RemoteRepository,
  acceptIdentity: boolean,
  signal: AbortSignal,
): Promise<ConnectionResult> {
  const store = await openStore(db, remote, repository);
  try {
    await using work = await openSpool(remote.spoolRoot, log);
    return await testRemoteConnection({ store, repository, acceptIdentity, directory: work.path, signal });
  } finally {
    await store.close();
  }
}

/** Records what was found, unless another repository of the catalogue is this very directory. */
function claim(db: Database, repository: Repository, identity: string): Promise<ConnectionFault | undefined> {
  return db.transaction(async (tx) => {
    const recorded = await recordConnected(tx, repository, identity);
    if (typeof recorded === 'string') {
      const message = `${repository.root} is the directory of the repository ${recorded} already`;
      return { code: 'another-repository', message };
    }
    if (recorded && identity !== repository.identity) {
      await recordAudit(tx, {
        actor: SYSTEM_ACTOR,
        action: 'repository.connect',
        subjectKind: 'repository',
        subjectId: repository.id,
        details: { name: repository.name, root: repository.root, identity, before: repository.identity ?? null },
      });
    }
    return undefined;
  });
}
