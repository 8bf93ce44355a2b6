import { useRef, useState } from 'react';
import { v4 as uuid } from 'uuid';
import { ProblemError } from '../api/problem.ts';
import { useMe } from '../app/session.ts';
import { attemptOf, type Desk, deskFrom } from './desk.ts';

/** The desk of whoever is signed in, kept while the tab is open: loading the page again loses nothing. */
export function useDesk() {
  const owner = useMe().data?.id ?? '';
  const slot = `muster.desk.${owner}`;
  const [desk, setDesk] = useState<Desk>(() => deskFrom(sessionStorage.getItem(slot)));
  // A scanner brings codes faster than the page is drawn, and a request changes the desk more than once.
  const latest = useRef(desk);

  function change(changes: Partial<Desk> | ((before: Desk) => Partial<Desk>)): void {
    const before = latest.current;
    latest.current = { ...before, ...(typeof changes === 'function' ? changes(before) : changes) };
    // Written before anything is sent: an effect would come too late for a page that is closed now.
    sessionStorage.setItem(slot, JSON.stringify(latest.current));
    setDesk(latest.current);
  }

  /**
   * Sends a request under a key that is kept until its answer is known. So whoever loads the page again in between, or asks again
   * after no answer came, asks for the same thing and not for another one.
   */
  async function sendOnce<Output>(
    name: string,
    body: unknown,
    send: (key: string) => Promise<Output>,
  ): Promise<Output> {
    const attempt = attemptOf(latest.current.attempts, name, body, uuid);
    change(({ attempts }) => ({ attempts: { ...attempts, [name]: attempt } }));
    const forget = () =>
      change(({ attempts }) => {
        const { [name]: _, ...others } = attempts;
        return { attempts: others };
      });
    try {
      const output = await send(attempt.key);
      forget();
      return output;
    } catch (error) {
      if (!(error instanceof ProblemError && error.isUnreachable)) forget();
      throw error;
    }
  }
  return { desk, now: () => latest.current, change, sendOnce };
}

export type DeskHandle = ReturnType<typeof useDesk>;
