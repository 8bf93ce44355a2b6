import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { v4 as uuid } from 'uuid';
import { api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { useMe } from '../app/session.ts';
import {
  type CountEntry,
  type CountQueue,
  isFinal,
  queueFrom,
  refused,
  taken,
  timed,
  unsent,
  withAttempt,
} from './count-queue.ts';
import type { Stocktake } from './words.ts';

/** Waits between attempts while no answer comes. */
const RETRY_MS = { first: 1500, most: 20_000 } as const;

/**
 * What one person counts in a stocktake: kept on this device before anything is sent, sent in its order, and again under the
 * same key until an answer came. So neither a reload nor a broken connection loses a scan, and none counts twice.
 */
export function useCountQueue({ id, openedAt }: Pick<Stocktake, 'id' | 'openedAt'>) {
  const slot = `muster.count.${useMe().data?.id ?? ''}.${id}`;
  const cache = useQueryClient();
  const [queue, setQueue] = useState<CountQueue>(() => queueFrom(localStorage.getItem(slot)));
  const [trouble, setTrouble] = useState<ProblemError>();
  const [answered, setAnswered] = useState<readonly CountEntry[]>([]);
  const pump = useRef<() => void>(() => undefined);

  /** Changes what is kept, as it stands there now: another tab may have changed it. */
  function change(how: (before: CountQueue) => CountQueue): CountQueue {
    const after = how(queueFrom(localStorage.getItem(slot)));
    localStorage.setItem(slot, JSON.stringify(after));
    setQueue(after);
    return after;
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: one sender a stocktake; it reads what is kept, not what is shown
  useEffect(() => {
    let isBusy = false;
    let isOver = false;
    let waitMs: number = RETRY_MS.first;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = (how: (before: CountQueue) => CountQueue, ids: readonly string[]) => {
      const { entries } = change(how);
      setAnswered(entries.filter((entry) => ids.includes(entry.id)));
      setTrouble(undefined);
      waitMs = RETRY_MS.first;
    };
    /** Sends what waits, request by request. @returns whether everything was answered. */
    const send = async (): Promise<boolean> => {
      for (;;) {
        const { attempt } = change((before) => withAttempt(before, Date.parse(openedAt), uuid));
        if (!attempt || isOver) return true;
        try {
          const header = { 'Idempotency-Key': attempt.key };
          const { data, response } = await api.POST('/stocktakes/{id}/counts', {
            params: { path: { id }, header },
            body: attempt.body,
          });
          const date = response.headers.get('date');
          settle((before) => timed(taken(before, data?.things ?? []), date, Date.now()), attempt.ids);
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          if (!isFinal(error)) {
            setTrouble(error);
            return false;
          }
          settle((before) => refused(before, error), attempt.ids);
        }
      }
    };
    pump.current = () => {
      clearTimeout(timer);
      if (isBusy || isOver) return;
      isBusy = true;
      void send().then((isDone) => {
        isBusy = false;
        if (isOver) return;
        // What was put down in the meantime found the sender busy.
        if (isDone && unsent(queueFrom(localStorage.getItem(slot))).length > 0) pump.current();
        if (!isDone) {
          timer = setTimeout(() => pump.current(), waitMs);
          waitMs = Math.min(waitMs * 2, RETRY_MS.most);
        }
        void cache.invalidateQueries({
          predicate: ({ queryKey }) => String(queryKey[1]).startsWith('/stocktakes/{id}/'),
        });
      });
    };
    const again = () => pump.current();
    const look = ({ key }: StorageEvent) => key === slot && setQueue(queueFrom(localStorage.getItem(slot)));
    window.addEventListener('online', again);
    window.addEventListener('storage', look);
    again();
    return () => {
      isOver = true;
      clearTimeout(timer);
      window.removeEventListener('online', again);
      window.removeEventListener('storage', look);
    };
  }, [slot]);

  return {
    queue,
    now: () => queueFrom(localStorage.getItem(slot)),
    /** Why nothing comes through at present; undefined while it does. */
    trouble,
    /** What was answered last. */
    answered,
    change: (how: (before: CountQueue) => CountQueue) => {
      change(how);
      pump.current();
    },
  };
}

export type CountHandle = ReturnType<typeof useCountQueue>;
