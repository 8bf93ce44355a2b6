import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../../src/console/api/api.generated.d.ts';

/** The API of a running Muster, typed from its own document, with the rights of one token. */
export type Api = Client<paths>;

/** What a POST to a path takes. */
export type Body<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody?: { content: { 'application/json': infer Taken } } };
}
  ? Taken
  : never;

/** Each write has a key of its own; a refusal is an error that says what was asked and why it was refused. */
export function apiAt(url: string, token: string): Api {
  const api: Api = createClient<paths>({
    baseUrl: `${url}/api/v1`,
    headers: { authorization: `Bearer ${token}` },
  });
  api.use({
    onRequest: ({ request }) => {
      if (request.method === 'POST') request.headers.set('idempotency-key', randomUUID());
      return request;
    },
    onResponse: async ({ request, response }) => {
      if (response.ok) return undefined;
      const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
      throw new Error(`${request.method} ${new URL(request.url).pathname}: ${response.status} ${detail ?? ''}`);
    },
  });
  return api;
}

/** The body of an answer that is no refusal. */
export async function answered<T>(answer: Promise<{ readonly data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new Error('an answer had no body');
  return data;
}

const POLL_MS = 300;
const MINUTES_MAX = 5;

/** Looks until something is found. @throws Error after five minutes, naming what was waited for. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = performance.now() + MINUTES_MAX * 60_000;
  while (performance.now() < deadlineMs) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(POLL_MS);
  }
  throw new Error(`${MINUTES_MAX} minutes went by, and still not: ${what}`);
}
