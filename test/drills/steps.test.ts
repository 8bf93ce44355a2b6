import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { confirmStep } from '../../src/drills/confirmation.service.ts';
import { checksOf, logOf, phasesOf, runById, targetsOf } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import type { DrillRun } from '../../src/drills/run.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { requireIsolation } from '../../src/drills/script/isolation.ts';
import { makeCaller } from '../people/cast.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { leftovers, NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const world = useDrillWorld();
const isolation = await requireIsolation().then(
  () => 'namespaces',
  () => 'none',
);

beforeAll(async () => {
  await world.capture();
  await mkdir(join(world.places.definitions, 'scripts'));
});

/** Writes a script beside the definitions; answers how a definition names it. */
async function script(name: string, text: string, mode = 0o755): Promise<string> {
  const path = join(world.places.definitions, 'scripts', name);
  const content = `#!/bin/sh\n${text}\n`;
  await writeFile(path, content);
  await chmod(path, mode);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return `script: scripts/${name}\n    sha256: ${sha256}`;
}

/** Runs Muster's own drill with more steps and checks. */
async function drill(name: string, steps: string, checks = ''): Promise<DrillRun> {
  await define(name, steps, checks);
  return world.drill({ drill: name });
}

const define = (name: string, steps: string, checks = '') =>
  world.define(name, (text) =>
    text
      .replace('name: muster-database', `name: ${name}`)
      .replace(/^schedule:\n(?: {2}.*\n)+/m, '')
      .replace('\nvalidation:\n', `${steps}\nvalidation:\n${checks}`),
  );

const saidIn = async ({ id }: DrillRun) => (await logOf(world.db, id)).map(({ message }) => message);

describe('a script', () => {
  test('works on what was restored, and one that looks at it passes by its exit status', async () => {
    const work = await script(
      'work.sh',
      'test -f "$POINT/manifest.json" && echo "point there, user $PGUSER, $1"; echo 1 > made',
    );
    const look = await script('look.sh', 'test -S "$PGHOST/.s.PGSQL.$PGPORT" && echo "server there"; ls /');
    const run = await drill(
      'scripts',
      `  - step: run\n    ${work}\n    args: ['an argument']\n    isolation: ${isolation}\n`,
      `  - check: script\n    ${look}\n    isolation: ${isolation}\n`,
    );
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed', cleanup: 'done' });
    expect(await saidIn(run)).toContain('scripts/work.sh: point there, user postgres, an argument');
    const [check] = (await checksOf(world.db, run.id)).filter(({ kind }) => kind === 'script');
    expect(check).toMatchObject({ subject: 'scripts/look.sh', result: 'passed', expected: 'exit status 0' });
    expect(await saidIn(run)).toContain('scripts/look.sh: server there');
    expect(run.warnings.some((warning) => warning.includes('without isolation'))).toBe(isolation === 'none');
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });

  test('that fails ends the drill with what it said last; as a check it fails the validation', async () => {
    const bad = await script('bad.sh', 'echo all well; echo "no room for it" >&2; exit 4');
    const asStep = await drill('bad-step', `  - step: run\n    ${bad}\n    isolation: ${isolation}\n`);
    expect(asStep).toMatchObject({ status: 'failed', procedure: 'failed', cleanup: 'done' });
    expect(asStep.statusReason).toMatch(/^The script scripts\/bad\.sh ended with status 4: /);
    const asCheck = await drill('bad-check', '', `  - check: script\n    ${bad}\n    isolation: ${isolation}\n`);
    expect(asCheck).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed' });
    expect(asCheck.procedureReason).toContain('scripts/bad.sh: ended with status 4');
  });

  test('that hangs is ended when its time is over', async () => {
    const hang = await script('hang.sh', "trap '' TERM; sleep 1000");
    const run = await drill(
      'hangs',
      `  - step: run\n    ${hang}\n    isolation: ${isolation}\n    timeoutSeconds: 2\n`,
    );
    expect(run).toMatchObject({ status: 'failed', statusReason: 'The step run took longer than its 2 seconds' });
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });

  test('that tries to leave fails the drill; what it starts aside ends with it, and what it looks for is not there', async ({
    skip,
  }) => {
    if (isolation === 'none') return skip('there are no namespaces here');
    const keys = world.places.keys;
    const leave = await script(
      'leave.sh',
      `setsid sleep 4711 & (sleep 4712 &) ; echo x > /etc/muster-was-here; ls ${keys} || { echo "no way out" >&2; exit 3; }`,
    );
    const run = await drill('leaves', `  - step: run\n    ${leave}\n`);
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', cleanup: 'done' });
    expect(run.statusReason).toMatch(/leave\.sh.*status 3.*no way out/);
    expect(spawnSync('sh', ['-c', "pgrep -f 'sleep 471[12]'"]).status).toBe(1);
    expect(existsSync('/etc/muster-was-here')).toBe(false);
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });

  test('that was changed, is not executable, not there or elsewhere is refused, and says so', async () => {
    const changed = await script('changed.sh', 'exit 0');
    await script('changed.sh', 'exit 0 # and more');
    const closed = await script('closed.sh', 'exit 0', 0o644);
    const cases: [string, RegExp][] = [
      [changed, /changed\.sh is not the script that the definition means: its SHA-256 is [0-9a-f]{64}/],
      [closed, /closed\.sh is not executable/],
      [changed.replace('changed.sh', 'gone.sh'), /gone\.sh is not there/],
    ];
    for (const [index, [named, reason]] of cases.entries()) {
      const run = await drill(`refused-${index}`, `  - step: run\n    ${named}\n    isolation: none\n`);
      expect(run).toMatchObject({ status: 'failed', cleanup: 'done', statusReason: expect.stringMatching(reason) });
    }
  });

  test('without isolation is told by the report', async () => {
    const plain = await script('plain.sh', 'echo "$RESTORED|$POINT"');
    const run = await drill('plain', `  - step: run\n    ${plain}\n    isolation: none\n`);
    const warning = 'The script scripts/plain.sh ran without isolation: it could do whatever Muster can.';
    expect(run.warnings).toContain(warning);
    const evidence = await findEvidence(world.db, run.id);
    if (!evidence) throw new Error('no evidence');
    expect(reportHtml(reportSchema.parse(JSON.parse(evidence.report)), evidence)).toContain(warning);
  });
});

describe('a manual step', () => {
  const STEP = '  - step: manual\n    name: switch-over\n    instructions: Move the service address.\n';

  /** Carries a run out, and answers for it as soon as it waits. */
  async function answered(name: string, answer: (runId: string) => Promise<unknown>): Promise<DrillRun> {
    await define(name, STEP);
    const runId = await world.open(name);
    const running = carryOutRun(await world.deps(), runId, new AbortController().signal);
    await expect
      .poll(() => world.db.rows('SELECT step FROM drill_confirmation WHERE run_id = $1', [runId]), { timeout: 60_000 })
      .toEqual([{ step: 'switch-over' }]);
    await Promise.all([answer(runId), running]);
    return runById(world.db, runId);
  }

  test('waits for a named person, whose word and note are in the report', async () => {
    const person = await makeCaller(world.db, { kind: 'person', roles: ['operator'] });
    const robot = await makeCaller(world.db, { kind: 'service-account' });
    const run = await answered('by-hand', async (runId) => {
      const confirm = (caller: typeof person, step = 'switch-over') =>
        world.db.transaction((tx) => confirmStep(tx, caller, runId, { step, outcome: 'done', note: 'address moved' }));
      await expect(confirm(robot)).rejects.toMatchObject({ code: 'person-needed', kind: 'forbidden' });
      await expect(confirm(person, 'other')).rejects.toMatchObject({
        code: 'not-waiting-for-this',
        message: expect.stringContaining('it waits for switch-over'),
      });
      expect(await confirm(person)).toMatchObject([{ outcome: 'done', personName: person.principal.name }]);
      await expect(confirm(person)).rejects.toMatchObject({ code: 'confirmed-already' });
    });
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed' });
    const change = `UPDATE drill_confirmation SET note = 'x' WHERE outcome IS NOT NULL`;
    await expect(world.db.execute(change)).rejects.toThrow();
    const report = reportSchema.parse(JSON.parse((await findEvidence(world.db, run.id))?.report ?? ''));
    expect(report.confirmations).toMatchObject([
      { step: 'switch-over', outcome: 'done', note: 'address moved', person: person.principal.name },
    ]);
  });

  test('that could not be done ends the drill', async () => {
    const person = await makeCaller(world.db, { kind: 'person', roles: ['operator'] });
    const run = await answered('not-by-hand', (runId) =>
      world.db.transaction((tx) =>
        confirmStep(tx, person, runId, { step: 'switch-over', outcome: 'failed', note: 'no access' }),
      ),
    );
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed' });
    expect(run.statusReason).toMatch(/^switch-over could not be done, says .*: no access$/);
  });

  test('that nobody answers runs out of time, and what was asked stays on record', async () => {
    const run = await drill('nobody-there', `${STEP}    timeoutSeconds: 1\n  - step: wait\n    seconds: 1\n`);
    expect(run).toMatchObject({ status: 'failed', statusReason: 'The step manual took longer than its 1 seconds' });
    await expect(world.db.execute('DELETE FROM drill_confirmation')).rejects.toThrow();
  });
});

describe('people before the recovery', () => {
  /** Confirms each phase as soon as the run waits for it. */
  async function attended(name: string, text: string, answers: readonly string[]): Promise<DrillRun> {
    const person = await makeCaller(world.db, { kind: 'person', roles: ['operator'] });
    await world.define(name, (shipped) =>
      shipped
        .replace('name: muster-database', `name: ${name}`)
        .replace(/^schedule:\n(?: {2}.*\n)+/m, '')
        .replace('\nsteps:\n', `\nattended:${text}\nsteps:\n`),
    );
    const runId = await world.open(name);
    const running = carryOutRun(await world.deps(), runId, new AbortController().signal);
    const answer = async () => {
      for (const step of answers) {
        const request = { step, outcome: 'done', note: `${step} done` } as const;
        const confirm = () => world.db.transaction((tx) => confirmStep(tx, person, runId, request));
        await expect
          .poll(
            () =>
              confirm().then(
                () => true,
                () => false,
              ),
            { timeout: 60_000 },
          )
          .toBe(true);
      }
    };
    await Promise.all([answer(), running]);
    return runById(world.db, runId);
  }

  test('are timed from the trigger, held against their targets, and part of the recovery time', async () => {
    const run = await attended('attended', '\n  respond: {}', ['respond', 'plan']);
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed' });
    const targets = await targetsOf(world.db, run.id);
    expect(targets.map(({ target, result }) => `${target} ${result}`)).toEqual([
      ...['respond met', 'plan met', 'recover met', 'rpo met'],
    ]);
    const phases = await phasesOf(world.db, run.id);
    const seconds = (phase: Phase) => phases.find((record) => record.phase === phase)?.seconds ?? 0;
    expect(targets[0]?.actualSeconds).toBeCloseTo(seconds('respond'), 6);
    expect(targets[1]?.actualSeconds).toBeCloseTo(seconds('plan'), 6);
    const technical = phases.filter((record) => record.phase !== 'cleanup' && record.seconds !== null);
    expect(run.technicalRtaSeconds).toBeCloseTo(
      technical.reduce((sum, record) => sum + (record.seconds ?? 0), 0),
      6,
    );
    const report = reportSchema.parse(JSON.parse((await findEvidence(world.db, run.id))?.report ?? ''));
    expect(report.notProven[0]).toMatch(/^The handover:/);
    expect(report.confirmations.map(({ step }) => step)).toEqual(['respond', 'plan']);
  });

  test('who do not come fail the drill, and nothing was restored', async () => {
    const run = await attended('unattended', '\n  respond:\n    timeoutSeconds: 1', []);
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', cleanup: 'done', recoveryPointId: null });
    expect(run.statusReason).toBe('nobody has said within 1.00 s that they respond');
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });
});
