import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ProblemAlert } from './problem-alert.tsx';
import { Waiting } from './waiting.tsx';

interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data, unknown>;
  readonly children: (data: Data) => ReactNode;
}

/** What a read brought; until then that it is coming, and when it failed why. Data that is there stays when asking again fails. */
export function Loaded<Data>({ query, children }: LoadedProps<Data>) {
  const { data, error, refetch } = query;
  return (
    <>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {data === undefined ? error ? null : <Waiting /> : children(data)}
    </>
  );
}
