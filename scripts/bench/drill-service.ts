import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { DATABASE_NAME, OWNER_ROLE } from '../../src/database/embedded-database.ts';
import { readPostmasterPid } from '../../src/database/server/postmaster-pid.ts';
import { SOCKET_PORT } from '../../src/database/server/socket-directory.ts';

const DRILL = 'muster-database';
const POLL_MS = 250;
const MINUTES_MAX = 20;

/** A drill run as the service's own record tells it. */
export interface MeasuredRun {
  /** From the trigger to validated. */
  readonly technicalRtaSeconds: number;
  readonly phases: readonly { readonly phase: string; readonly seconds: number | null }[];
}

/** A running `muster serve` on a data directory of its own, driven over its API as a person would. */
export class DrillService {
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #token: string;
  readonly #data: string;

  private constructor(child: ChildProcess, url: string, token: string, data: string) {
    this.#child = child;
    this.#url = url;
    this.#token = token;
    this.#data = data;
  }

  /**
   * Resolves when the first start has taken its backup and rehearsed its recovery.
   * @param checkout whose drills it has.
   */
  static async start(data: string, checkout = join(import.meta.dirname, '../..')): Promise<DrillService> {
    const child = spawn(process.execPath, [join(checkout, 'src/main.ts')], {
      env: { ...process.env, MUSTER_DATA: data, MUSTER_PORT: '0', MUSTER_SAMPLES: 'off', MUSTER_LOG_LEVEL: 'error' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let url: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      url ??= /listens on (\S+)/.exec(line)?.[1];
      if (url && /^ {2}Do next/.test(line)) {
        child.stdout.resume();
        const token = (await readFile(join(data, 'admin-token'), 'utf8')).trim();
        return new DrillService(child, url, token, data);
      }
    }
    throw new Error('the service ended before its first drill');
  }

  /** The service's live database, as the owner of its tables. */
  async database() {
    const postmaster = await readPostmasterPid(join(this.#data, 'postgres'));
    if (!postmaster) throw new Error('the service has no database');
    return { host: postmaster.socketDirectory, port: SOCKET_PORT, database: DATABASE_NAME, user: OWNER_ROLE };
  }

  /** Takes a backup; answers where the new recovery point lies. */
  async takeBackup(): Promise<string> {
    const [set] = await this.#list<{ id: string; name: string }>('/backup-sets');
    if (!set) throw new Error('there is no backup set');
    const before = await this.#points(set.id);
    await this.#request('POST', `/backup-sets/${set.id}/take`);
    const point = await until('the backup was taken', async () => {
      const [newest] = await this.#points(set.id);
      return newest !== undefined && newest.id !== before[0]?.id && newest.verdict !== null ? newest : undefined;
    });
    return join(this.#data, 'backups', set.name, point.name);
  }

  /** Where the newest recovery point lies. */
  async newestPoint(): Promise<string> {
    const [set] = await this.#list<{ id: string; name: string }>('/backup-sets');
    const [newest] = set ? await this.#points(set.id) : [];
    if (!set || !newest) throw new Error('there is no recovery point');
    return join(this.#data, 'backups', set.name, newest.name);
  }

  /** Has Muster take a backup of a directory into a new repository; answers where the point lies. */
  async capture(name: string, path: string, repository: string): Promise<string> {
    const { id: repositoryId } = await this.#request<{ id: string }>('POST', '/repositories', {
      ...{ name, root: repository, writable: true },
    });
    const [owner] = await this.#list<{ id: string }>('/teams');
    const tested = async () =>
      (await this.#request<{ unavailable: unknown }>('GET', `/repositories/${repositoryId}`)).unavailable === null;
    await until('the repository was tested', async () => (await tested()) || undefined);
    const { id } = await this.#request<{ id: string }>('POST', '/captured-sets', {
      ...{ name, repositoryId, ownerId: owner?.id, zone: 'UTC', rpoSeconds: 86_400 },
      source: { type: 'directory', path },
    });
    await this.#request('POST', `/backup-sets/${id}/take`);
    const point = await until('the backup was taken', async () => {
      const [newest] = await this.#points(id);
      return newest?.verdict === 'sound' ? newest : undefined;
    });
    return join(repository, point.name);
  }

  /** Runs a drill to its end, that of Muster's own database unless told. */
  async drill(name = DRILL): Promise<MeasuredRun> {
    const { runId } = await this.#request<{ runId: string }>('POST', `/drills/${name}/run`);
    const run = await until('the drill ended', async () => {
      const found = await this.#request<MeasuredRun & { status: string; statusReason: string | null }>(
        'GET',
        `/drill-runs/${runId}`,
      );
      return ['queued', 'running'].includes(found.status) ? undefined : found;
    });
    if (run.technicalRtaSeconds === null) throw new Error(`the drill ended as ${run.status}: ${run.statusReason}`);
    return run;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }

  #points(setId: string) {
    return this.#list<{ id: string; name: string; verdict: string | null }>(`/backup-sets/${setId}/points`);
  }

  async #list<T>(path: string): Promise<T[]> {
    return (await this.#request<{ items: T[] }>('GET', path)).items;
  }

  async #request<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const answer = await fetch(new URL(`/api/v1${path}`, this.#url), {
      method,
      headers: {
        ...{ authorization: `Bearer ${this.#token}`, 'idempotency-key': randomUUID() },
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + MINUTES_MAX * 60_000;
  while (performance.now() < deadlineMs) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(POLL_MS);
  }
  throw new Error(`${MINUTES_MAX} minutes went by before ${what}`);
}
