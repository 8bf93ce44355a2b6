import { beforeAll, describe, expect, test, vi } from 'vitest';
import { confirmStep } from '../../src/drills/confirmation.service.ts';
import { confirmationsOf } from '../../src/drills/confirmation.store.ts';
import { phasesOf, runById } from '../../src/drills/drill-run.queries.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { createService } from '../../src/services/services.service.ts';
import { counterOf } from '../allocations/support.ts';
import { makeCaller } from '../people/cast.ts';
import { useChildren } from './support/children.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { eventually, leftovers, NOTHING_LEFT } from './support/watching.ts';

const world = useDrillWorld();
const startChild = useChildren();
const counter = counterOf(world);

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

/** Drills that hold a spare each; the first waits for people, at its start and before anything is unpacked. */
beforeAll(async () => {
  await world.capture();
  const site = await counter.site('SITE-K');
  const part = await counter.part({ part_number: 'PSU-KILLED' });
  for (const serial of ['PSU-K1', 'PSU-K2']) await counter.unit(part, site, { serial, last_seen_at: new Date() });
  const caller = await makeCaller(world.db);
  for (const name of ['attended', 'one', 'other']) {
    await world.db.transaction((tx) =>
      createService(tx, caller, {
        ...{ name, criticality: 'emergency', ownerId: caller.principal.id, customer: '', dependencies: [] },
        ...{ backupSets: [], requirements: { spares: [], seats: [], skills: [] }, maxProofAgeDays: 30 },
      }),
    );
  }
  const named = (name: string) => (text: string) =>
    text
      .replace('name: muster-database', `name: ${name}`)
      .replace('service: muster', `service: ${name}`)
      .replace('resources:\n  ofService: true', 'resources:\n  spares:\n    - part: PSU-KILLED');
  await world.define('attended', (text) =>
    named('attended')(text)
      .replace('\nsteps:\n', '\nattended: {}\nsteps:\n')
      .replace(
        '  - step: extract',
        '  - step: manual\n    name: look\n    instructions: Look at it.\n  - step: extract',
      ),
  );
  for (const name of ['one', 'other']) await world.define(name, named(name));
});

const heldBy = async (runId: string) => {
  const rows = await world.db.rows<{ state: string }>(
    `SELECT l.state FROM allocation_line l JOIN drill_holding h ON h.line_id = l.id WHERE h.run_id = $1`,
    [runId],
  );
  return rows.map(({ state }) => state);
};

/** The run waits for this person's word. */
const isAsked = async (runId: string, step: string) =>
  (await confirmationsOf(world.db, runId)).some((asked) => asked.step === step && asked.outcome === null);

async function reapOnly(runId: string): Promise<void> {
  expect(await reapInterrupted(await world.reaperDeps())).toEqual([runId]);
  expect(await runById(world.db, runId)).toMatchObject({ status: 'interrupted', cleanup: 'done' });
}

describe('kill -9 while people are waited for', () => {
  const waits = [
    { step: 'respond', phase: 'respond', before: [] },
    { step: 'plan', phase: 'plan', before: ['respond'] },
    { step: 'look', phase: 'restore', before: ['respond', 'plan'] },
  ];
  test.each(waits)(
    'for $step: what they have said stays, and what was held is free',
    async ({ step, phase, before }) => {
      const person = await makeCaller(world.db, { kind: 'person' });
      const runId = await world.open('attended');
      const child = startChild({ places: world.places, runId });
      for (const said of before) {
        await eventually(() => isAsked(runId, said), 60);
        const word = { step: said, outcome: 'done', note: 'it is done' } as const;
        await world.db.transaction((tx) => confirmStep(tx, person, runId, word));
      }
      await eventually(() => isAsked(runId, step), 60);
      expect(await heldBy(runId)).toEqual(phase === 'restore' ? ['held'] : []);
      await child.kill();

      await reapOnly(runId);
      const phases = new Map(
        (await phasesOf(world.db, runId)).map((record) => [record.phase as string, record.status]),
      );
      expect(phases.get(phase)).toBe('interrupted');
      for (const done of before) expect(phases.get(done)).toBe('done');
      expect(phases.get('validate')).toBe('not reached');
      expect((await confirmationsOf(world.db, runId)).filter(({ outcome }) => outcome === 'done')).toHaveLength(
        before.length,
      );
      expect(await heldBy(runId)).toEqual(phase === 'restore' ? ['released'] : []);
      expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
    },
  );
});

describe('two services that carry drills out at the same time', () => {
  test('never both the same run; each holds a spare of its own, and one that is killed gives back only its own', async () => {
    const [one, other] = [await world.open('one'), await world.open('other')];
    const carriers = [one, other].map((runId) => startChild({ places: world.places, runId, holdAt: 'fetch' }));
    const second = startChild({ places: world.places, runId: one, holdAt: 'fetch' });
    await carriers[1]?.reached('fetch');
    // Whichever of the two came first has the run.
    const [winner, loser] = await Promise.any(
      [[carriers[0], second] as const, [second, carriers[0]] as const].map(async (pair) => {
        await pair[0]?.reached('fetch');
        return pair;
      }),
    );
    await loser?.reached('not queued');
    const units = await world.db.rows(
      `SELECT DISTINCT unit_id FROM drill_holding WHERE run_id = ANY($1::uuid[]) AND state = 'held'`,
      [[one, other]],
    );
    expect(units).toHaveLength(2);

    await winner?.kill();
    await reapOnly(one);
    expect([await heldBy(one), await heldBy(other)]).toEqual([['released'], ['held']]);
    await carriers[1]?.kill();
    await reapOnly(other);
    expect(await heldBy(other)).toEqual(['released']);
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });
});
