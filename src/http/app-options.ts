import type { Registry } from 'prom-client';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Database } from '../database/database.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import type { HealthCheck } from './health.ts';
import type { HtmlPage } from './html-page.ts';
import type { HttpLimits } from './limits.ts';
import type { Route } from './route.ts';

/** Everything that the server is built from. */
export interface AppOptions {
  readonly db: Database;
  readonly authenticator: Authenticator;
  readonly routes: readonly Route[];
  readonly pages: readonly HtmlPage[];
  /** Where the built console lies; none is served without it. */
  readonly consoleDirectory?: string;
  readonly checks: readonly HealthCheck[];
  readonly metrics: Registry;
  readonly log: Logger;
  readonly clock: Clock;
  /** The release, for the OpenAPI document. */
  readonly version: string;
  readonly limits?: Partial<HttpLimits>;
  /** Aborted when the server begins to stop: streams of events end then. */
  readonly stopping?: AbortSignal;
  /** Whether `/metrics` answers without a token. */
  readonly metricsPublic?: boolean;
  /** Reverse proxies in front whose `X-Forwarded-…` headers count; 0 when clients connect directly. */
  readonly trustedProxies?: number;
  /** Check every answer against its schema and fail when it differs: for tests. */
  readonly checkResponses?: boolean;
}
