import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';
import type { z } from 'zod';
import type { ConnectionSettings } from '../../../src/database/connection.ts';
import { Database } from '../../../src/database/database.ts';
import { openCatalogue } from '../../../src/drills/catalogue.ts';
import type { definitionSchema } from '../../../src/drills/definition.ts';
import { openRun } from '../../../src/drills/drill.service.ts';
import type { RunnerDeps } from '../../../src/drills/drill-deps.ts';
import { checksOf, logOf, phasesOf, runById } from '../../../src/drills/drill-run.queries.ts';
import type { DrillCheck, DrillRun } from '../../../src/drills/run.ts';
import { carryOutRun } from '../../../src/drills/runner.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { unlockKeyring } from '../../../src/secrets/unlock.ts';
import { ensureExamplePolicy } from '../../../src/sla/policy.service.ts';
import { type DrillPlaces, drillDeps } from './drill-deps.ts';
import { ENTITIES } from './entities.ts';
import { leftovers } from './watching.ts';

type Definition = z.input<typeof definitionSchema>;

/** What a test says of a definition; the rest is always the same. */
type Parts = Partial<Definition> & Pick<Definition, 'recoveryPoint' | 'steps' | 'validation'>;

/** What a drill came to. */
interface DrilledRun {
  readonly run: DrillRun;
  readonly checks: readonly DrillCheck[];
  /** What its phases said, by their names. */
  readonly said: Readonly<Record<string, string | null>>;
  readonly log: readonly string[];
}

/** Drills of recovery points of any kind, carried out in this process. */
export interface Drilling {
  readonly db: Database;
  deps(): Promise<RunnerDeps>;
  /** Defines a drill and carries it out; the sandbox and all that ran in it are gone afterwards. */
  drill(definition: Parts, overrides?: Partial<RunnerDeps>): Promise<DrilledRun>;
  /** Writes the definition of a drill, which nobody has read yet; answers its name. */
  define(definition: Parts): Promise<string>;
  leftovers(): ReturnType<typeof leftovers>;
}

/** Makes what a drill needs besides the catalogue of a test's own database. */
export function useDrilling(service: () => ConnectionSettings): Drilling {
  let db: Database | undefined;
  let places: DrillPlaces | undefined;

  beforeAll(async () => {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'muster-r-')));
    const at = (name: string) => join(root, name);
    for (const name of ['keys', 'definitions', 'run']) await mkdir(at(name), { mode: 0o700 });
    places = {
      ...{ root, service: service(), keys: at('keys'), repository: root, definitions: at('definitions') },
      ...{ sandboxes: at('sandboxes'), runtime: at('run'), reports: at('reports'), hostId: 'host-a' },
      ...{ exportFile: at('none'), identityFile: at('none') },
      clusterTemplates: join(inject('runDirectory'), 'scratch-clusters'),
    };
    db = await Database.connect(service(), ENTITIES, { applicationName: 'test' });
    await unlockKeyring(db, places.keys);
    await db.transaction((tx) => ensureExamplePolicy(tx));
  });

  afterAll(async () => {
    await db?.close();
    if (places) await rm(places.root, { recursive: true, force: true });
  });

  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('useDrilling: it exists inside tests only');
    return value;
  };
  const self: Drilling = {
    get db() {
      return there(db);
    },
    deps: () => drillDeps(self.db, there(places)),
    leftovers: () => leftovers(self.db, there(places)),
    async define(parts) {
      const name = `drill-${newId()}`;
      await writeFile(join(there(places).definitions, `${name}.yaml`), JSON.stringify(definitionOf(name, parts)));
      return name;
    },
    async drill(parts, overrides = {}) {
      const deps = { ...(await self.deps()), ...overrides };
      const name = await self.define(parts);
      const files = await (await openCatalogue(there(places).definitions)).refresh();
      const runId = await self.db.transaction((tx) => openRun(tx, files, name, 'schedule'));
      if (runId === undefined) throw new Error('the run was skipped');
      const carriedOut = await carryOutRun(deps, runId, new AbortController().signal);
      await deps.verifier.close();
      if (!carriedOut) throw new Error('the run was not queued');
      const phases = await phasesOf(self.db, runId);
      return {
        run: await runById(self.db, runId),
        checks: await checksOf(self.db, runId),
        said: Object.fromEntries(phases.map(({ phase, detail }) => [phase, detail])),
        log: (await logOf(self.db, runId)).map(({ message }) => message),
      };
    },
  };
  return self;
}

/** JSON is YAML. */
function definitionOf(name: string, parts: Parts): Definition {
  return {
    ...{ apiVersion: 'muster/v1', kind: 'Drill', name, title: 'A drill of a test', service: 'anything' },
    scenario: { description: 'The data is lost.' },
    objectives: { severity: 'emergency', required: ['recover'] },
    ...parts,
  };
}

/** The steps before a database is opened. */
export const FETCH_VERIFY_EXTRACT: Definition['steps'] = [{ step: 'fetch' }, { step: 'verify' }, { step: 'extract' }];
