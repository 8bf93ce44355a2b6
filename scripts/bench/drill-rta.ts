import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startScratchServer } from '../../src/backups/load-dump/load-dump.ts';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { SOCKET_PORT } from '../../src/database/server/socket-directory.ts';
import { createLogger } from '../../src/kernel/log.ts';
import type { Manifest, ManifestFile } from '../../src/verification/manifest.ts';
import { DrillService } from './drill-service.ts';
import { median } from './median.ts';

/** A recovery that is drilled and typed: what is backed up, the drill, and the commands. */
export interface RtaSubject {
  readonly name: string;
  readonly what: string;
  /** Writes what is backed up into an empty directory. */
  readonly make: (directory: string) => Promise<void> | void;
  /** The steps and the validation of the drill, as YAML, behind fetch. */
  readonly drill: string;
  /** Commands after the copy was checked and unpacked into `files`; `LIST` has the digests of all files in it. */
  readonly byHand: (work: string) => Promise<void>;
}

interface RtaOptions {
  readonly work: string;
  readonly rounds: number;
}

/** The most that a drill may take above the commands, as a part of what they take. */
const AIM = 0.05;

const ROOT = join(import.meta.dirname, '../..');

/**
 * Compares the technical RTA in a drill's own record (queue, provisioning and validation included) with the same recovery typed:
 * copy, digest of the archive, unpack, and then what the subject does. In pairs, the one first and then the other; the first
 * pair warms both up. Typed are `cp`, `openssl dgst`, `zstd`, `tar` and `psql`; lists of digests are there already.
 */
export async function compareRta(subject: RtaSubject, { work, rounds }: RtaOptions): Promise<void> {
  const { name } = subject;
  const at = (part: string) => join(work, `${name}-${part}`);
  await mkdir(at('source'));
  await subject.make(at('source'));
  const checkout = await checkoutWith(at('checkout'), name, subject.drill);
  await mkdir(at('repository'));
  const service = await DrillService.start(at('data'), checkout);
  try {
    const point = await service.capture(name, at('source'), at('repository'));
    await rm(at('source'), { recursive: true });
    const lists = await listsOf(point);
    const pairs: { drill: number; hand: number }[] = [];
    let phases = '';
    for (let round = 0; round <= rounds; round += 1) {
      const hand = () => typed(subject, point, lists, work);
      const drill = async () => {
        const run = await service.drill(name);
        phases = run.phases.map(({ phase, seconds }) => `${phase} ${seconds?.toFixed(2) ?? '-'}`).join(', ');
        return run.technicalRtaSeconds;
      };
      const pair =
        round % 2 === 0 ? { hand: await hand(), drill: await drill() } : { drill: await drill(), hand: await hand() };
      if (round > 0) pairs.push(pair);
    }
    const overhead = median(pairs.map((pair) => (pair.drill - pair.hand) / pair.hand));
    const all = pairs.map((pair) => `${pair.drill.toFixed(2)}/${pair.hand.toFixed(2)}`).join(' ');
    console.log(
      `${(overhead * 100).toFixed(0)} %  ${subject.what}: RTA above the same by hand (aim ${AIM * 100} %; ${all})`,
    );
    console.log(`      the last drill: ${phases}`);
  } finally {
    await service.stop();
    for (const part of ['repository', 'data', 'checkout']) await rm(at(part), { recursive: true, force: true });
  }
}

/** A checkout that has this drill as well: definitions lie in no other place. */
async function checkoutWith(checkout: string, name: string, drill: string): Promise<string> {
  await mkdir(checkout);
  for (const part of ['src', 'drills', 'package.json'])
    await cp(join(ROOT, part), join(checkout, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  const head = {
    ...{ apiVersion: 'muster/v1', kind: 'Drill', name, title: 'A drill of a benchmark', service: 'Muster' },
    scenario: { description: 'The data is lost.' },
    objectives: { severity: 'general' },
    recoveryPoint: { set: name, select: 'latest' },
  };
  const lines = Object.entries(head).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  await writeFile(join(checkout, 'drills', `${name}.yaml`), `${lines.join('')}${drill}`);
  return checkout;
}

interface DigestLists {
  readonly stored: string;
  readonly content: string;
}

/** As `openssl dgst -sha256 -r` prints. */
async function listsOf(point: string): Promise<DigestLists> {
  const { files } = JSON.parse(await readFile(join(point, 'manifest.json'), 'utf8')) as Manifest;
  const tree = files.find(({ path }) => path.startsWith('tree.')) as ManifestFile;
  const lines = (of: readonly { readonly path: string; readonly sha256?: string | undefined }[]) =>
    of.flatMap(({ path, sha256 }) => (sha256 === undefined ? [] : [`${sha256} *${path}\n`])).join('');
  return { stored: lines([tree]), content: lines(tree.entries ?? []) };
}

async function typed(subject: RtaSubject, point: string, lists: DigestLists, parent: string): Promise<number> {
  const work = await realpath(await mkdtemp(join(parent, 'by-hand-')));
  try {
    await writeFile(join(work, 'stored.list'), lists.stored);
    await writeFile(join(work, 'content.list'), lists.content);
    const beganMs = performance.now();
    await shell(`cp -a '${point}' copy && cd copy && ${checkAgainst('../stored.list')}`, work);
    await shell('mkdir files && zstd -dcq copy/tree.tar.zst | tar -C files --no-same-owner -xf -', work);
    await subject.byHand(work);
    return (performance.now() - beganMs) / 1000;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Every file of the list, with `openssl`, which hashes several times faster than Debian's `sha256sum`. */
export const checkAgainst = (list: string) =>
  `cut -c67- ${list} | xargs -d '\\n' openssl dgst -sha256 -r | cmp - ${list}`;

/** What a person types. */
export async function shell(commands: string, cwd: string, environment: Record<string, string> = {}): Promise<void> {
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', ...environment };
  await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', commands], { cwd, env });
}

/** A server made and started by hand (`initdb`, `postgres`, with the settings of a drill's), and `psql` over the dump. */
export async function loadByHand(work: string, dump: string, check: string): Promise<void> {
  const binaries = await findBinaries();
  const server = await startScratchServer({
    ...{ binaries, runAs: await probeRunAs({ binaries }), log: createLogger('error'), startTimeoutSeconds: 60 },
    ...{ runtimeDirectory: tmpdir(), logDirectory: join(work, 'log'), dataDirectory: join(work, 'cluster') },
    ...{ database: 'restored', signal: AbortSignal.timeout(600_000) },
  });
  try {
    const { host, user } = server.connection('restored', 'postgres');
    const environment = { PGHOST: host, PGPORT: String(SOCKET_PORT), PGUSER: user, PGDATABASE: 'restored' };
    await shell(
      `psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -f '${join(work, 'files', dump)}' && ${check}`,
      work,
      environment,
    );
  } finally {
    await server.stop('immediate');
  }
}
