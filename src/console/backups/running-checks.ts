import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { API_ROOT } from '../api/client.ts';
import type { PointCheck } from './backup-api.ts';

/** What the server says whenever something about the checks of a repository has moved. */
interface Checks {
  readonly running: readonly PointCheck[];
}

/** A stream that was refused is asked for again; one that broke off the browser itself opens anew. */
const OPEN_AGAIN_MS = 10_000;

const NONE: readonly PointCheck[] = [];

/** The checks of a repository that are under way, as they go. When one begins or ends, everything shown is read anew. */
export function useRunningChecks(repositoryId: string): readonly PointCheck[] {
  const cache = useQueryClient();
  const [running, setRunning] = useState(NONE);
  useEffect(() => {
    let before: string | undefined;
    const stop = watch(repositoryId, (checks) => {
      const ids = checks.running.map(({ id, attempt }) => `${id} ${attempt}`).join();
      if (before !== undefined && before !== ids) void cache.invalidateQueries();
      before = ids;
      setRunning(checks.running);
    });
    return () => {
      stop();
      setRunning(NONE);
    };
  }, [repositoryId, cache]);
  return running;
}

function watch(repositoryId: string, onChecks: (checks: Checks) => void): () => void {
  let source: EventSource;
  let again: ReturnType<typeof setTimeout>;
  const open = () => {
    source = new EventSource(`${API_ROOT}/repositories/${repositoryId}/checks/events`);
    source.addEventListener('checks', ({ data }) => onChecks(JSON.parse(data)));
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, OPEN_AGAIN_MS);
    });
  };
  open();
  return () => {
    clearTimeout(again);
    source.close();
  };
}
