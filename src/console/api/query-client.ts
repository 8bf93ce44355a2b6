import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem.ts';

/** Only what may go away by itself is asked again: no answer, or a server that says it is not available. */
const mayPass = (error: unknown): boolean =>
  error instanceof ProblemError && (error.isUnreachable || error.status === 503 || error.status === 429);

/** What a session that has ended is found out by: any read. Who is signed in is asked anew then, and the sign-in page shows. */
const queryCache = new QueryCache({
  onError: (error, { queryKey: [, path] }) => {
    const isOver = error instanceof ProblemError && error.status === 401 && path !== '/me';
    if (isOver) void queryClient.invalidateQueries({ queryKey: ['get', '/me'] });
  },
});

/** The console's one cache of answers. What is older than some seconds is asked again when its page is opened. */
export const queryClient = new QueryClient({
  queryCache,
  defaultOptions: {
    queries: { staleTime: 5_000, retry: (tries, error) => tries < 2 && mayPass(error), throwOnError: false },
    mutations: { retry: (tries, error) => tries < 2 && error instanceof ProblemError && error.isUnreachable },
  },
});
