import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checksOf, phasesOf, targetsOf } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { evidenceProblems } from '../../src/drills/evidence.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { exitStatusOf } from '../../src/drills/run.ts';
import { useDrillWorld } from './support/drill-world.ts';

const world = useDrillWorld();

describe('a drill on the live database', () => {
  test('restores, validates every table and the canary, and leaves nothing behind', async () => {
    await world.capture();
    const run = await world.drill();
    const log = await world.db.rows('SELECT level, phase, message FROM drill_log WHERE run_id = $1 ORDER BY position', [
      run.id,
    ]);
    console.log(JSON.stringify(log, null, 1), run);
    console.log(await phasesOf(world.db, run.id), await targetsOf(world.db, run.id));
    expect(run.status).toBe('completed');
  });
});
