import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../../kernel/make-directory.ts';
import { type InitClusterOptions, initCluster } from './cluster-init.ts';
import { runCommand } from './command.ts';

const COPY_TIMEOUT_SECONDS = 300;
const UNFINISHED = '.unfinished-';
/** A copy that is so old was left by a process that was killed. */
const LEFT_AFTER_MS = 3_600_000;

/**
 * Makes a new cluster as {@link initCluster} does, as a copy of one that is kept in `templates` and was never started: initdb
 * takes ten times as long. The first cluster of each kind is made by initdb and then kept. Copies have one system identifier:
 * they are for servers that live and die alone. `dataDirectory` does not exist.
 *
 * @param templates undefined: none is kept.
 * @returns the kept cluster that it is a copy of; undefined when initdb made it.
 * @throws AppError as `initCluster`. That the cluster cannot be kept is no error: the next one is made by initdb.
 */
export async function initClusterFrom(
  templates: string | undefined,
  options: InitClusterOptions,
): Promise<string | undefined> {
  if (templates === undefined) {
    await initCluster(options);
    return undefined;
  }
  const template = join(templates, nameOf(options));
  if (existsSync(template)) {
    await makeDirectory(dirname(options.dataDirectory));
    if (await copyTree(template, options.dataDirectory)) return template;
    // A copy that broke off leaves a part.
    await rm(options.dataDirectory, { recursive: true, force: true });
  }
  await initCluster(options);
  await keep(options.dataDirectory, templates, template).catch(() => {});
  return undefined;
}

/** Everything that makes one cluster differ from another one. */
function nameOf({ binaries, runAs, superuser, locale }: InitClusterOptions): string {
  const kind = JSON.stringify([binaries.initdb, binaries.version, superuser, locale ?? null, runAs.owner ?? null]);
  return `postgresql-${binaries.version}-${createHash('sha256').update(kind).digest('hex').slice(0, 16)}`;
}

/** Two at once are as good as one: whoever comes second finds the place taken. */
async function keep(cluster: string, templates: string, template: string): Promise<void> {
  await makeDirectory(templates);
  for (const name of await readdir(templates)) {
    const path = join(templates, name);
    const isLeft = name.startsWith(UNFINISHED) && Date.now() - (await lstat(path)).mtimeMs > LEFT_AFTER_MS;
    if (isLeft) await rm(path, { recursive: true, force: true });
  }
  const unfinished = join(templates, `${UNFINISHED}${randomUUID()}`);
  try {
    if (await copyTree(cluster, unfinished)) await rename(unfinished, template);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** With owners, modes and times; blocks are shared where the file system can. The target does not exist. */
async function copyTree(from: string, to: string): Promise<boolean> {
  const shared = process.platform === 'linux' ? ['--reflink=auto'] : [];
  const command = { file: 'cp', args: ['-a', ...shared, from, to] };
  return (await runCommand(command, COPY_TIMEOUT_SECONDS)).status === 0;
}
