import type { Api } from './api.ts';

/** Clients that write over HTTP until they are stopped. */
export interface Writers {
  /** Names whose creation was acknowledged with 201, in no order. */
  readonly acknowledged: ReadonlySet<string>;
  /** Statuses that came instead, with how often; `lost` counts requests without an answer. */
  readonly refused: ReadonlyMap<string, number>;
  /** No more requests; resolves when the last has been answered or lost. */
  stop(): Promise<void>;
}

/** Each of `count` clients registers one team after the other; names begin with `prefix`. */
export function startWriters(api: Api, count: number, prefix: string): Writers {
  const acknowledged = new Set<string>();
  const refused = new Map<string, number>();
  let stopped = false;
  const write = async (client: number) => {
    for (let number = 0; !stopped; number += 1) {
      const name = `${prefix}-${client}-${number}`;
      const status = await api
        .request('POST', '/api/v1/teams', { body: { name, roles: [], members: [] } })
        .then((answer) => String(answer.status))
        .catch(() => 'lost');
      if (status === '201') acknowledged.add(name);
      else refused.set(status, (refused.get(status) ?? 0) + 1);
      // A dead service refuses at once: without a pause the clients would take all of the machine.
      if (status !== '201') await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const ended = Promise.all(Array.from({ length: count }, (_, client) => write(client)));
  return {
    acknowledged,
    refused,
    stop: async () => {
      stopped = true;
      await ended;
    },
  };
}

/** The names of all teams that begin with the prefix, read page by page. */
export async function teamsNamed(api: Api, prefix: string): Promise<Set<string>> {
  const names = new Set<string>();
  for (let after = ''; ; ) {
    const page = await api.get<{ items: { name: string }[]; next: string | null }>(
      `/teams?limit=200${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
    );
    for (const { name } of page.items) if (name.startsWith(prefix)) names.add(name);
    if (page.next === null) return names;
    after = page.next;
  }
}
