// What watching the backups of other tools costs: discovery against `find` and one bulk insert, a check run against
// `muster verify` on the same files, in one run. Ratios; the service's part runs in this process, on a PostgreSQL of its own.
//   node scripts/bench/backups.ts [--files 100000] [--points 2000] [--rounds 3]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { Temporal } from 'temporal-polyfill';
import { discoverExternal } from '../../src/backups/external/discover-external.ts';
import { fileSystemIdentity } from '../../src/backups/external/filesystem-identity.ts';
import { RepositoryLister } from '../../src/backups/external/repository-lister.ts';
import { verifyRepository } from '../../src/backups/external/verify-repository.ts';
import { repositoryById } from '../../src/backups/repository.queries.ts';
import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../src/database/embedded-database.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { NO_REMOTE } from '../../test/backups/support/no-remote.ts';
import { testLog } from '../../test/support/log.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { tarOf } from '../../test/verification/support/tar-making.ts';
import { median } from './median.ts';

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '100000' },
    points: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
  },
});
const FILES = Number(options.files);
const POINTS = Number(options.points);
const ROUNDS = Number(options.rounds);
const MUSTER = resolve(import.meta.dirname, '../../src/cli/bin.mjs');
const LISTER = new RepositoryLister();
/** Files that were just written count as settled for a clock that is two hours ahead. */
const LATER = { ...systemClock, now: () => Temporal.Now.instant().add({ hours: 2 }) };

async function seconds(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

/** A repository with one set; answers the repository's id. */
async function watch(db: Database, root: string, pattern: string): Promise<string> {
  const [repositoryId, ownerId, setId] = [newId(), newId(), newId()];
  await db.execute(`INSERT INTO principal (id, kind, name, roles) VALUES ($1::uuid, 'team', $1::uuid::text, '{}')`, [
    ownerId,
  ]);
  await db.execute(
    `INSERT INTO repository (id, name, kind, root, writable, worker_tag, identity_kind, identity)
     VALUES ($1::uuid, $1::uuid::text, 'local', $2, false, 'default', 'filesystem', $3)`,
    [repositoryId, root, await fileSystemIdentity(root)],
  );
  await db.execute(
    `INSERT INTO backup_set (id, name, repository_id, kind, pattern, layout, time_source, zone, digest_source, settle_seconds,
                             rpo_seconds, owner_id, owner_kind)
     VALUES ($1::uuid, $1::uuid::text, $2, 'external', $3, 'file', 'mtime', 'UTC', 'none', 600, 86400, $4, 'team')`,
    [setId, repositoryId, pattern, ownerId],
  );
  return repositoryId;
}

async function discover(db: Database, repositoryId: string): Promise<void> {
  const repository = await repositoryById(db, repositoryId);
  const deps = { db, clock: LATER, log: testLog, publicKeys: [], lister: LISTER, remote: NO_REMOTE };
  const found = await discoverExternal(deps, repository, new AbortController().signal);
  if (found.outcome !== 'listed') throw new Error(`the repository was not listed: ${found.outcome}`);
}

function find(root: string): string {
  return execFileSync('find', [root, '-type', 'f', '-printf', '%P %s %T@\n'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

class RolledBack extends Error {}

/** The rows that discovery has to write, in one statement, into the table where they belong; undone again. */
async function insertAtOnce(db: Database, repositoryId: string, names: readonly (string | undefined)[]): Promise<void> {
  await db
    .transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO recovery_point (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, marks,
                                     file_count)
         SELECT gen_random_uuid(), s.id, s.repository_id, file, 'external', false, now(), now(), 1, sha256(file::bytea), 1
           FROM unnest($1::text[]) AS file, backup_set s WHERE s.repository_id = $2`,
        [names, repositoryId],
      );
      throw new RolledBack();
    })
    .catch((thrown: unknown) => {
      if (!(thrown instanceof RolledBack)) throw thrown;
    });
}

async function benchDiscovery(db: Database, root: string, bulkRoot: string): Promise<void> {
  for (let index = 0; index < FILES; index += 1) {
    const directory = join(root, `dir-${Math.floor(index / 1000)}`);
    if (index % 1000 === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `backup-${index}.tar.gz`), 'x');
  }
  const repositoryId = await watch(db, root, '**/*.tar.gz');
  const listing = find(root);
  const names = listing
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ')[0]);
  const bulkId = await watch(db, bulkRoot, '**/*.tar.gz');
  const insert = await seconds(() => insertAtOnce(db, bulkId, names));
  const first = await seconds(() => discover(db, repositoryId));
  const rounds: { listed: number; unchanged: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      listed: await seconds(() => find(root)),
      unchanged: await seconds(() => discover(db, repositoryId)),
    });
  }
  const listed = median(rounds.map((round) => round.listed));
  const ratio = median(rounds.map((round) => round.unchanged / round.listed));
  console.log(
    `${(first / (2 * listed + insert)).toFixed(2)}  first discovery of ${FILES} files / twice find and one bulk insert (aim 1.00; ${first.toFixed(1)} s, find ${listed.toFixed(2)} s, insert ${insert.toFixed(1)} s)`,
  );
  console.log(`${ratio.toFixed(2)}  discovery of the same again / find (aim 1.20)`);
}

/** Bytes of what is packed into the point of this number. */
type Mix = (index: number) => number;

/** Nineteen small ones to each large one: what a point costs besides its bytes weighs most. */
const SMALL: Mix = (index) => (index % 20 === 0 ? 1_048_576 : 32_768);

/** From 10 KiB to 3 MiB, as many of 10 to 20 KiB as of 1 to 2 MiB, and one in 200 of 24 MiB. */
const MIXED: Mix = (index) => (index % 200 === 0 ? 25_165_824 : Math.round(10_240 * 300 ** ((index * 0.618034) % 1)));

/** Noise, in letters, packed in three ways. */
function makePoints(root: string, mix: Mix): void {
  for (let index = 0; index < POINTS; index += 1) {
    const noise = createHash('shake256', { outputLength: mix(index) })
      .update(`${index}`)
      .digest();
    const tar = tarOf({ path: 'a', data: noise.toString('base64') });
    const pack = [() => tar, () => gzipSync(tar, { level: 1 }), () => zstdCompressSync(tar)][index % 3];
    writeFileSync(join(root, `point-${index}.${['tar', 'tar.gz', 'tar.zst'][index % 3]}`), pack?.() ?? '');
  }
}

async function benchChecks(db: Database, root: string, name: string, mix: Mix): Promise<void> {
  makePoints(root, mix);
  const repositoryId = await watch(db, root, 'point-*');
  await discover(db, repositoryId);
  const rounds: { ours: number; command: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const command = await seconds(() => execFileSync(process.execPath, [MUSTER, 'verify', '--quiet', root]));
    await db.execute(
      'UPDATE recovery_point SET verdict = NULL, verdict_at = NULL, read_in_full_at = NULL WHERE repository_id = $1',
      [repositoryId],
    );
    const job = { jobId: newId(), attempt: 1, signal: new AbortController().signal };
    const deps = { db, clock: systemClock, log: testLog, publicKeys: [], remote: NO_REMOTE };
    const ours = await seconds(async () => {
      const pass = await verifyRepository(deps, repositoryId, job);
      // The few large ones among small ones are suspect: their size is not that of the others.
      if (pass.checked !== POINTS || pass.sound < POINTS * 0.9)
        throw new Error(`${pass.sound} of ${pass.checked} are sound`);
    });
    rounds.push({ ours, command });
  }
  rmSync(root, { recursive: true });
  const ours = median(rounds.map((round) => round.ours));
  const command = median(rounds.map((round) => round.command));
  console.log(
    `${median(rounds.map((round) => round.ours / round.command)).toFixed(2)}  a check run over ${POINTS} ${name} points / muster verify on the same files (aim 1.10; ${ours.toFixed(1)} s against ${command.toFixed(1)} s)`,
  );
  console.log(`${(((ours - command) / POINTS) * 1000).toFixed(1)} ms a point for the catalogue (aim 5)`);
}

const work = realpathSync(mkdtempSync('/dev/shm/muster-bench-'));
const { cluster, end } = await startScratchCluster();
try {
  const access = await ensureEmbeddedDatabase(cluster.connection);
  await createSchema(access);
  const db = await Database.connect(access.service, [], { applicationName: 'bench' });
  try {
    console.log(
      `load of the machine ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}, ${ROUNDS} rounds`,
    );
    for (const name of ['small', 'mixed', 'discovery', 'bulk']) mkdirSync(join(work, name));
    await benchChecks(db, join(work, 'small'), 'small', SMALL);
    await benchChecks(db, join(work, 'mixed'), 'mixed', MIXED);
    await benchDiscovery(db, join(work, 'discovery'), join(work, 'bulk'));
  } finally {
    await db.close();
  }
} finally {
  await end();
  rmSync(work, { recursive: true, force: true });
}
