import type { Temporal } from 'temporal-polyfill';
import type { AlertLevel } from '../alert.ts';
import type { NamedRole } from './duty-role.ts';
import type { Rung } from './ladder.ts';

/** A rung with the names that people know fields and persons by. */
export interface NamedRung extends Omit<Rung, 'roles'> {
  readonly roles: readonly NamedRole[];
}

/** Who is told of an alert of a level, and who next when nobody answers. */
export interface AlertRoute {
  readonly level: AlertLevel;
  /** What the level is called; null for one that is not in use. */
  readonly levelName: string | null;
  readonly rungs: readonly NamedRung[];
  readonly version: number;
  readonly updatedAt: Temporal.Instant;
}
