import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Queryable } from '../../../src/database/database.ts';
import { serverProcessesOf } from '../../../src/database/server/server-processes.ts';
import type { DrillPlaces } from './drill-deps.ts';

/** Waits until `look` answers something; fails after `seconds`. */
export async function eventually<T>(look: () => Promise<T | undefined | false>, seconds = 30): Promise<T> {
  const deadlineMs = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadlineMs) throw new Error(`did not happen within ${seconds} s: ${look}`);
    await delay(25);
  }
}

/** What drills have left on this host: sandboxes, sockets of scratch servers, and their processes. */
export async function leftovers(db: Queryable, places: DrillPlaces) {
  const resources = await db.rows<{ path: string }>(`SELECT path FROM drill_resource WHERE kind = 'postgres'`);
  const processes = await Promise.all(resources.map(({ path }) => serverProcessesOf(path)));
  const sandboxes = await readdir(places.sandboxes).catch(() => []);
  return {
    sandboxes: sandboxes.filter((name) => name !== '.muster-sandboxes'),
    sockets: await readdir(places.runtime),
    processes: processes.flat(),
  };
}

export const NOTHING_LEFT = { sandboxes: [], sockets: [], processes: [] };
