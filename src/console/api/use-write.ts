import { useMutation, useQueryClient } from '@tanstack/react-query';
import { v4 as uuid } from 'uuid';
import type { ProblemError } from './problem.ts';

/** Sent with a write, so that the same one sent twice takes effect once. */
export interface WriteHeaders {
  readonly 'Idempotency-Key': string;
}

interface Attempt<Input> {
  readonly input: Input;
  readonly headers: WriteHeaders;
}

/**
 * A change as a hook. `send` is given what `write` was called with and the headers of the attempt, and calls the API once:
 *
 * `useWrite((body: NewPart, headers) => api.POST('/parts', { body, headers }))`
 *
 * An answer that is lost on the way is asked for again under the same key, so nothing happens twice. Afterwards every page that
 * is shown reads its data anew.
 */
export function useWrite<Input, Output>(
  send: (input: Input, headers: WriteHeaders) => Promise<{ readonly data?: Output }>,
) {
  const cache = useQueryClient();
  const mutation = useMutation<Output, ProblemError, Attempt<Input>>({
    // What the API answers with 204 has no data, and its type says so.
    mutationFn: async ({ input, headers }) => (await send(input, headers)).data as Output,
    onSettled: () => cache.invalidateQueries(),
  });
  return {
    /** Rejects with {@link ProblemError}. */
    write: (input: Input): Promise<Output> => mutation.mutateAsync({ input, headers: { 'Idempotency-Key': uuid() } }),
    isPending: mutation.isPending,
    /** Why the last write was refused; null after one that went well. */
    problem: mutation.error,
    reset: mutation.reset,
  };
}

/** The header of a change that is based on a version that was read. */
export const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` });
