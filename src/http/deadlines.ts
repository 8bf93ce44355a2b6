import type { Clock } from '../kernel/clock.ts';

/** Calls back for what is still under way when its time is over. */
export interface Deadlines<Item> {
  add(item: Item): void;
  /** It is done: its deadline does not count any more. */
  remove(item: Item): void;
}

/**
 * Deadlines that all lie equally far ahead. So they come in the order in which they were added, and one timer for the
 * first of them is enough: a timer for each costs more than finding the route of a request.
 */
export function equalDeadlines<Item>(clock: Clock, limitMs: number, onLate: (item: Item) => void): Deadlines<Item> {
  const dueAtMs = new Map<Item, number>();
  let armed = false;

  const arm = (delayMs: number) => {
    armed = true;
    setTimeout(expire, delayMs).unref();
  };
  const expire = () => {
    armed = false;
    const nowMs = clock.monotonicMs();
    for (const [item, atMs] of dueAtMs) {
      if (atMs > nowMs) {
        arm(Math.ceil(atMs - nowMs));
        return;
      }
      dueAtMs.delete(item);
      onLate(item);
    }
  };

  return {
    add(item) {
      dueAtMs.set(item, clock.monotonicMs() + limitMs);
      if (!armed) arm(limitMs);
    },
    remove(item) {
      dueAtMs.delete(item);
    },
  };
}
