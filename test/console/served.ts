import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { signInLink } from '../../src/cli/sign-in-link.ts';
import { openDrills } from '../../src/composition/drill-definitions.ts';
import { type Foundations, layFoundations } from '../../src/composition/first-start.ts';
import { openRuntime, type Runtime } from '../../src/composition/runtime.ts';
import { type Service, startService } from '../../src/composition/service.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { testLog } from '../support/log.ts';
import { openBrowser, signedIn } from './browser.ts';

/** A whole service with its console, on a data directory of its own, and a browser to look at it. End it with `close`. */
export interface Served {
  readonly runtime: Runtime;
  readonly service: Service;
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  readonly foundations: Foundations;
  readonly browser: Browser;
  /** A browser's window signed in as administrators. */
  readonly context: BrowserContext;
  /** Another one, signed in by a link as a principal (administrators when none is named), with a look of its own. */
  readonly signIn: (options?: BrowserContextOptions, principalId?: string) => Promise<BrowserContext>;
  readonly close: () => Promise<void>;
}

/** Starts all of it, as new as after the first start, but without the first proof. Takes some 10 s. */
export async function serveConsole(): Promise<Served> {
  const data = await mkdtemp(join(tmpdir(), 'muster-o-'));
  const config = readConfig({ MUSTER_DATA: data, MUSTER_PORT: '0' }, data);
  const options = { config, log: testLog, clock: systemClock, mode: 'own' as const, onDatabaseLost: () => {} };
  const runtime = await openRuntime(options);
  const catalogue = await openDrills();
  const foundations = await layFoundations(runtime, catalogue.current());
  const service = await startService(runtime, catalogue, { serve: true, tags: ['default'] });
  const browser = await openBrowser();
  const signIn: Served['signIn'] = async (look = {}, principalId = foundations.administratorsId) =>
    signedIn(browser, service.url, await signInLink(runtime.db, service.url, principalId), look);
  return {
    runtime,
    service,
    url: service.url,
    foundations,
    browser,
    context: await signIn(),
    signIn,
    close: async () => {
      await browser.close();
      await service.stop();
      await runtime.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}
