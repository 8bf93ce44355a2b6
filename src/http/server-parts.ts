import type { Authenticator } from '../auth/authenticator.ts';
import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import type { EventStreams } from './event-streams.ts';
import type { HttpLimits } from './limits.ts';

/** What the parts of the server share. */
export interface ServerParts {
  readonly db: Database;
  readonly authenticator: Authenticator;
  readonly log: Logger;
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly streams: EventStreams;
  /** Check every answer against its schema and fail when it differs: for tests. */
  readonly checkResponses: boolean;
}
