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

  /** Resolves when the first start has taken its backup and rehearsed its recovery. */
  static async start(data: string): Promise<DrillService> {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts')], {
      env: { ...process.env, MUSTER_DATA: data, MUSTER_PORT: '0', MUSTER_LOG_LEVEL: 'error' },
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

  /** Runs the drill of Muster's own database to its end. */
  async drill(): Promise<MeasuredRun> {
    const { runId } = await this.#request<{ runId: string }>('POST', `/drills/${DRILL}/run`);
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

  async #request<T>(method: 'GET' | 'POST', path: string): Promise<T> {
    const answer = await fetch(new URL(`/api/v1${path}`, this.#url), {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'idempotency-key': randomUUID() },
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
