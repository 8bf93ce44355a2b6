import { useEffect, useState } from 'react';
import type { ProblemError } from '../api/problem.ts';

/** The whole seconds that a refusal asks one to wait, counted down as they go by; 0 when there is nothing to wait for. */
export function useCountdown(problem: ProblemError | null): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const waitMs = (problem?.retryAfterSeconds ?? 0) * 1000;
    const endsAt = Date.now() + waitMs;
    const show = () => setSeconds(Math.max(0, Math.ceil((endsAt - Date.now()) / 1000)));
    show();
    if (waitMs === 0) return undefined;
    const timer = setInterval(show, 500);
    return () => clearInterval(timer);
  }, [problem]);
  return seconds;
}
