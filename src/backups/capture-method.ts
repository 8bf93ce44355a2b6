import type { ConnectionSettings } from '../database/connection.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type DumpTools, findDumpTools, findServers } from './postgres-programs.ts';
import { ReplicationConnection } from './replication.connection.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';

/** How a database can be backed up, or everything that stands in the way of both ways. */
export type CaptureMethod =
  | { readonly method: 'base-backup' }
  | { readonly method: 'pg-dump'; readonly tools: DumpTools; readonly whyNoBaseBackup: readonly string[] }
  | { readonly missing: readonly string[] };

/** Which of the two ways is demanded; `auto`: whichever can be gone, a base backup first. */
export type WantedMethod = 'auto' | 'dump' | 'base-backup';

/**
 * Finds out how a database can be backed up so that it can also be restored on this machine: as a base backup when its role
 * may replicate and programs of the same major are here; else as a dump when fitting pg_dump and pg_restore are; else it
 * says exactly what is missing. A way that is demanded is the only one that is looked at.
 *
 * @throws AppError `unavailable` when the server cannot be reached.
 */
export async function captureMethod(
  database: ConnectionSettings,
  binDirectories: readonly string[] = [],
  wanted: WantedMethod = 'auto',
): Promise<CaptureMethod> {
  const facts = await readServerFacts(database);
  const servers = await findServers(binDirectories);
  const programs = async () => ({ servers, dumpTools: await findDumpTools(binDirectories) });
  if (wanted === 'dump') return chooseDump(facts, await programs(), []);
  const againstBaseBackup = [...(await againstReplication(database)), ...againstRestoring(facts, servers)];
  if (againstBaseBackup.length === 0) return { method: 'base-backup' };
  if (wanted === 'base-backup') return { missing: againstBaseBackup.map(forBaseBackup) };
  return chooseDump(facts, await programs(), againstBaseBackup);
}

/** Programs on this machine, each list with the oldest major first. */
export interface KnownPrograms {
  readonly servers: readonly { readonly major: number }[];
  readonly dumpTools: readonly DumpTools[];
}

/** Chooses how to dump a server. `againstBaseBackup` holds a sentence for everything that stands in the way of the other. */
export function chooseDump(
  facts: Pick<ServerFacts, 'major'>,
  { servers, dumpTools }: KnownPrograms,
  againstBaseBackup: readonly string[],
): CaptureMethod {
  // pg_dump refuses servers newer than itself, and what it writes needs a server that is not older than it.
  const tools = dumpTools.find(({ major }) => major >= facts.major && servers.some((server) => server.major >= major));
  if (tools !== undefined) return { method: 'pg-dump', tools, whyNoBaseBackup: againstBaseBackup };
  const newest = dumpTools.at(-1);
  const dump =
    newest === undefined
      ? `for a dump: pg_dump and pg_restore ${facts.major} or newer (install PostgreSQL's client programs, or set PG_BIN)`
      : newest.major < facts.major
        ? `for a dump: pg_dump ${facts.major} or newer; the newest here is ${newest.pgDump.version}`
        : `for a dump: the programs of a server ${newest.major} or newer to restore it in`;
  return { missing: [...againstBaseBackup.map(forBaseBackup), dump] };
}

const forBaseBackup = (reason: string) => `for a base backup: ${reason}`;

async function againstReplication(database: ConnectionSettings): Promise<string[]> {
  try {
    const connection = await ReplicationConnection.open(database);
    await connection.close();
    return [];
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'replication-refused') return [messageOf(thrown)];
    throw thrown;
  }
}

function againstRestoring(facts: ServerFacts, servers: readonly { readonly major: number }[]): string[] {
  const reasons: string[] = [];
  if (facts.tablespaces.length > 0) {
    reasons.push(`the cluster has tablespaces of its own (${facts.tablespaces.join(', ')}), which are not supported`);
  }
  if (!servers.some(({ major }) => major === facts.major)) {
    reasons.push(`the programs of a PostgreSQL ${facts.major} server, to restore it on this machine (PG_BIN)`);
  }
  return reasons;
}

/** The error that says what is missing. */
export function cannotCapture(missing: readonly string[]): AppError {
  const list = missing.map((reason) => `- ${reason}`).join('\n');
  return new AppError(
    'unavailable',
    'no-capture-method',
    `The database cannot be backed up. Missing is one of:\n${list}`,
  );
}
