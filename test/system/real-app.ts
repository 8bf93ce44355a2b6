import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { dependenciesOf } from '../../src/composition/dependencies.ts';
import { directoriesOf, makeDirectories } from '../../src/composition/directories.ts';
import { openDrills } from '../../src/composition/drill-definitions.ts';
import { type Foundations, layFoundations } from '../../src/composition/first-start.ts';
import type { Runtime } from '../../src/composition/runtime.ts';
import { readConfig } from '../../src/config.ts';
import { ENTITIES } from '../../src/entities.ts';
import type { HtmlPage } from '../../src/http/html-page.ts';
import { referencePage } from '../../src/http/reference.page.ts';
import type { Route } from '../../src/http/route.ts';
import { jobs } from '../../src/jobs.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { routes } from '../../src/routes.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { unlockKeyring } from '../../src/secrets/unlock.ts';
import { type TestApp, useApp } from '../http/support.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';

/** The app with every route and page of the service, on a database that has been through its first start. */
export interface RealApp {
  readonly server: TestApp;
  readonly database: TestDatabase;
  readonly routes: readonly Route[];
  readonly foundations: Foundations;
}

/** Builds the app before the file's tests. No job runs; everything else is as in the service. Read the members inside tests only. */
export function useRealApp(): RealApp {
  const database = useDatabase(ENTITIES);
  let root: string;
  let queue: JobQueue;
  let foundations: Foundations;
  let parts: { readonly routes: readonly Route[]; readonly pages: readonly HtmlPage[] };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mra-'));
    const runtime = await runtimeIn(root, database);
    const catalogue = await openDrills();
    queue = await createJobQueue({ service: database.service, jobs: () => jobs(dependencies), log: testLog });
    const dependencies = dependenciesOf(runtime, queue, catalogue);
    foundations = await layFoundations(runtime, catalogue.current());
    const routeList = routes(dependencies);
    parts = { routes: routeList, pages: [referencePage(routeList)] };
  });
  const server = useApp(database, () => parts);
  afterAll(async () => {
    await queue?.close();
    await rm(root, { recursive: true, force: true });
  });

  return {
    server,
    database,
    get routes() {
      return parts.routes;
    },
    get foundations() {
      return foundations;
    },
  };
}

async function runtimeIn(root: string, database: TestDatabase): Promise<Runtime> {
  const config = readConfig({ MUSTER_DATA: root }, root);
  const directories = directoriesOf(config);
  await mkdir(directories.data, { recursive: true });
  await makeDirectories(directories);
  const { keyring } = await unlockKeyring(database.db, directories.keys);
  return {
    config,
    directories,
    log: testLog,
    clock: systemClock,
    database: {
      access: { owner: database.owner, service: database.service },
      kind: 'external',
      close: async () => {},
    },
    serviceAccess: database.service,
    programs: () => Promise.reject(new Error('no job runs here')),
    db: database.db,
    keyring,
    instanceId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
    appliedMigrations: [],
    close: async () => {},
  };
}
