import createFetchClient, { type Middleware } from 'openapi-fetch';
import createQueryClient from 'openapi-react-query';
import type { paths } from './api.generated.d.ts';
import { ProblemError, problemErrorOf } from './problem.ts';

/** Below which every path of the API lies. */
export const API_ROOT = '/api/v1';

/** Turns every refusal, and an answer that never came, into one kind of error. */
const refusals: Middleware = {
  onResponse: async ({ response }) => {
    if (response.ok) return undefined;
    throw problemErrorOf(response, await response.json().catch(() => undefined));
  },
  onError: ({ error }) => (error instanceof ProblemError ? error : new ProblemError(0, undefined)),
};

/** The API, typed from its own document: `api.GET('/parts', ...)`. Rejects with {@link ProblemError}. */
export const api = createFetchClient<paths>({ baseUrl: API_ROOT, credentials: 'same-origin' });
api.use(refusals);

/**
 * Reads as hooks: `$api.useQuery('get', '/parts', { params })`. The answer is kept under the path and its parameters. What they
 * reject with is a {@link ProblemError}, although their types do not know it: look at it as `unknown`. For writes use
 * `useWrite`, which makes them repeatable.
 */
export const $api = createQueryClient(api);
