import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Caller } from '../../src/auth/caller.ts';
import { confirmStep } from '../../src/drills/confirmation.service.ts';
import { confirmationsOf } from '../../src/drills/confirmation.store.ts';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { cancelRun, openRun, type RunWish, requestRun } from '../../src/drills/drill.service.ts';
import { runById, targetsOf } from '../../src/drills/drill-run.queries.ts';
import { claimRun } from '../../src/drills/drill-run.store.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { verifyEvidenceChain } from '../../src/drills/evidence-chain.ts';
import { expectedPhases, pastRunsOfDrill } from '../../src/drills/history.queries.ts';
import { discardKept } from '../../src/drills/kept.service.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { assessedRuns } from '../../src/drills/proof.queries.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { exitStatusOf } from '../../src/drills/run.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { makeSandbox, sandboxDirectory } from '../../src/drills/sandbox.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { reportEvent } from '../../src/sla/case-event.service.ts';
import { makeCaller } from '../people/cast.ts';
import { testLog } from '../support/log.ts';
import { useFileDrill } from './support/file-drill.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, world, treeAnd, script, reportOf } = useFileDrill();
const OPERATOR = { actor: { principalId: null, name: 'Operations' } };
const never = new AbortController().signal;
let deps: Awaited<ReturnType<typeof drilling.deps>>;
let queue: JobQueue;
let night: Caller;

beforeAll(async () => {
  deps = await drilling.deps();
  const jobs = () => drillJobs({ ...deps, queue });
  queue = await createJobQueue({ service: world.database.service, jobs, log: testLog });
  night = await makeCaller(drilling.db, { kind: 'person', roles: ['operator'] });
});
afterAll(async () => {
  await queue.close();
  await deps.verifier.close();
});

type Parts = Parameters<typeof drilling.define>[0];

async function defined(parts: Parts): Promise<string> {
  const drill = await drilling.define(parts);
  await deps.catalogue.refresh();
  return drill;
}

const start = (drill: string, more: object = { reason: 'The array is gone' }) => ({
  confirm: drill,
  person: night.principal,
  ...more,
});

const request = (wish: RunWish) => drilling.db.transaction((tx) => requestRun(tx, { ...deps, queue }, OPERATOR, wish));

/** Says yes to whatever the run asks, until it ends. */
async function carryOut(runId: string, onPhase?: (phase: Phase) => Promise<void>, signal = never) {
  const carried = carryOutRun({ ...deps, ...(onPhase && { onPhase }) }, runId, signal);
  const asked: string[] = [];
  let isOver = false;
  const answering = (async () => {
    while (!isOver) {
      const open = (await confirmationsOf(drilling.db, runId)).find(({ outcome }) => outcome === null);
      if (open) {
        asked.push(open.step);
        const answer = { step: open.step, outcome: 'done' as const, note: 'yes' };
        await drilling.db.transaction((tx) => confirmStep(tx, night, runId, answer)).catch(() => {});
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  expect(await carried).toBe(true);
  isOver = true;
  await answering;
  return { run: await runById(drilling.db, runId), asked };
}

/** Gives up what a recovery has restored, as a person does, and has it removed. */
async function discard(runId: string): Promise<void> {
  await drilling.db.transaction((tx) => discardKept(tx, OPERATOR, runId));
  await reapInterrupted(deps);
  expect((await runById(drilling.db, runId)).cleanup).toBe('done');
  expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
}

describe('a recovery for a real incident', () => {
  test('is refused unless a person stands for it, repeats the name, and says what for', async () => {
    const drill = await defined(treeAnd());
    const robot = await makeCaller(drilling.db, { kind: 'service-account', roles: ['operator'] });
    const refused: [RunWish['recovery'] | undefined, string, string | undefined][] = [
      [undefined, 'recovery-not-confirmed', '#/recovery'],
      [start('another'), 'recovery-not-confirmed', '#/recovery/confirm'],
      [start(drill, {}), 'recovery-unexplained', '#/recovery/reason'],
      [start(drill, { case: 'INC-0' }), 'no-open-case', '#/recovery/case'],
      [{ ...start(drill), person: robot.principal }, 'person-needed', undefined],
    ];
    for (const [recovery, code, field] of refused) {
      const thrown = await request({ drill, mode: 'recovery', recovery }).catch((error: unknown) => error);
      expect(thrown).toMatchObject({ code, fields: field === undefined ? [] : [{ field }] });
    }
    const inDrill = request({ drill, mode: 'full', recovery: start(drill) });
    await expect(inDrill).rejects.toMatchObject({ code: 'recovery-mode-needed' });
  });

  test('needs an open case of its own service where it names one', async () => {
    const drill = await defined(treeAnd());
    const inCase = (subject: string) => request({ drill, mode: 'recovery', recovery: start(drill, { case: subject }) });
    const report = (subject: string, event: 'notification' | 'resolution') =>
      drilling.db.transaction((tx) =>
        reportEvent(tx, night, { subject, event, ...(event === 'notification' && { severity: 'emergency' as const }) }),
      );
    const subject = `INC-${drill}`;
    await report(subject, 'notification');
    const { runId } = await inCase(subject);
    expect(await runById(drilling.db, runId)).toMatchObject({ recoveryCase: subject, recoveryReason: null });
    await drilling.db.transaction((tx) => cancelRun(tx, deps, OPERATOR, runId));
    await report(subject, 'resolution');
    await expect(inCase(subject)).rejects.toMatchObject({ code: 'no-open-case' });
  });

  test('is refused of a definition of which nothing would be recovered', async () => {
    const onlyDrills = await defined({
      ...treeAnd(),
      steps: [{ step: 'wait', seconds: 1, appliesTo: ['drill'] }],
      validation: [{ check: 'http', url: 'https://status.example/' }],
    });
    const damage = await defined({
      ...treeAnd(),
      steps: [{ step: 'fetch' }, { step: 'verify', expect: 'damaged' }],
      validation: [{ check: 'damage' }],
    });
    for (const drill of [onlyDrills, damage]) {
      const asked = request({ drill, mode: 'recovery', recovery: start(drill) });
      await expect(asked).rejects.toMatchObject({ code: 'nothing-to-recover' });
    }
  });

  test('leaves what it has restored, asks before it changes it, and counts as no drill', async () => {
    const changes = await script('changes.sh', 'echo changed > "$RESTORED/changed"');
    const rehearses = await script('rehearses.sh', 'exit 1');
    const drill = await defined({
      ...treeAnd(
        { ...rehearses, appliesTo: ['drill'] },
        { step: 'manual', name: 'switch-over', instructions: 'As the plan says.', appliesTo: ['recovery'] },
        changes,
      ),
      scenario: { description: 'The data is lost.', lost: { data: ['readme'] } },
      cleanup: { steps: [{ ...rehearses, step: 'run' }] },
    });
    const { runId } = await request({ drill, mode: 'recovery', recovery: start(drill) });
    const { run, asked } = await carryOut(runId);
    expect(asked).toEqual(['switch-over', 'go-ahead-6']);
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'passed', cleanup: 'kept' });
    expect(run).toMatchObject({ requestedByName: night.principal.name, trigger: 'manual', keptUntil: null, lost: [] });
    expect(exitStatusOf(run, await targetsOf(drilling.db, runId))).toBe(0);

    const directory = sandboxDirectory(deps.sandboxRoot, runId);
    expect(run.cleanupReason).toContain(`what was restored stays on host host-a in ${directory} (`);
    await reapInterrupted(deps);
    expect(await readdir(`${directory}/data`)).toEqual(expect.arrayContaining(['changed', 'etc', 'readme']));

    expect(await pastRunsOfDrill(drilling.db, drill, 10)).toEqual([]);
    expect((await expectedPhases(drilling.db, drill)).runCount).toBe(0);
    expect((await assessedRuns(drilling.db, [drill])).size).toBe(0);
    expect(await drilling.db.rows('SELECT FROM drill_action WHERE drill = $1', [drill])).toEqual([]);

    const report = await reportOf(run);
    expect(report.run).toMatchObject({ mode: 'recovery', recovery: { case: null, reason: 'The array is gone' } });
    expect(report.notExecuted.filter(({ reason }) => reason === 'applies to drills only')).toMatchObject([
      { kind: 'scenario' },
      { kind: 'step', name: 'run' },
      { kind: 'step', name: 'run scripts/rehearses.sh' },
    ]);
    const evidence = await findEvidence(drilling.db, runId);
    if (!evidence) throw new Error('no evidence');
    expect(reportHtml(report, evidence)).toContain('Recovery report: a real incident, no drill');
    const chinese = reportHtml(report, evidence, 'zh');
    for (const said of ['恢复报告：真实事件，并非演练', '仅适用于演练', '直到有人将其丢弃'])
      expect(chinese).toContain(said);
    await discard(runId);
  });

  test('does not stand among the earlier runs of the drill, which leaves out what is for recoveries only', async () => {
    const drill = await defined(
      treeAnd({ step: 'manual', name: 'switch-over', instructions: 'Now.', appliesTo: ['recovery'] }),
    );
    const { runId } = await request({ drill, mode: 'recovery', recovery: start(drill) });
    await carryOut(runId);
    const rehearsed = await request({ drill, mode: 'full' });
    const { run, asked } = await carryOut(rehearsed.runId);
    expect([run.procedure, asked]).toEqual(['passed', []]);
    const report = await reportOf(run);
    expect(report.earlierRuns).toEqual([]);
    expect(report.notExecuted).toContainEqual({
      ...{ kind: 'step', name: 'manual switch-over', reason: 'applies to recoveries only' },
    });
    await discard(runId);
  });

  test('keeps what was restored when it is cancelled or stopped, too', async () => {
    const drill = await defined(treeAnd());
    const stop = new AbortController();
    const { runId } = await request({ drill, mode: 'recovery', recovery: start(drill) });
    const { run } = await carryOut(
      runId,
      async (phase) => {
        if (phase === 'validate') stop.abort(new Error('drained'));
      },
      stop.signal,
    );
    expect(run).toMatchObject({ status: 'interrupted', cleanup: 'kept', keptUntil: null });
    await reapInterrupted(deps);
    expect(await readdir(`${sandboxDirectory(deps.sandboxRoot, runId)}/data`)).toContain('readme');
    await discard(runId);
  });

  test('whose process died keeps it as well, on its own host', async () => {
    const drill = await defined(treeAnd());
    const { runId } = await request({ drill, mode: 'recovery', recovery: start(drill) });
    const dead = 'another-boot/0/1/1';
    const claim = { ...{ hostId: 'host-a', service: drill, workerProcess: dead }, leaseSeconds: 600 };
    await drilling.db.transaction((tx) => claimRun(tx, runId, claim));
    await makeSandbox(deps.sandboxRoot, { runId, hostId: 'host-a', process: dead });
    expect(await reapInterrupted(deps)).toContain(runId);
    await reapInterrupted(deps);
    const run = await runById(drilling.db, runId);
    expect(run).toMatchObject({ status: 'interrupted', cleanup: 'kept', keptUntil: null });
    expect((await drilling.leftovers()).sandboxes).toEqual([`run-${runId}`]);
    await discard(runId);
  });

  test('is never begun by a schedule', async () => {
    const drill = await defined(treeAnd());
    const runId = await drilling.db.transaction((tx) => openRun(tx, deps.catalogue.current(), drill, 'schedule'));
    if (runId === undefined) throw new Error('the run was skipped');
    expect((await runById(drilling.db, runId)).mode).toBe('full');
    const turned = `UPDATE drill_run SET mode = 'recovery', recovery_reason = 'because' WHERE id = $1`;
    await expect(drilling.db.execute(turned, [runId])).rejects.toThrow(/drill_run_recovery_is_meant/);
    await drilling.db.transaction((tx) => cancelRun(tx, deps, OPERATOR, runId));
  });

  test('has its place in the chain of evidence', async () => {
    const verifyTrail = async () => ({ sound: true, entries: 0, findings: [], findingsOmitted: 0 }) as never;
    const { publicKey } = deps.keyring;
    const chain = await verifyEvidenceChain({ db: drilling.db, publicKey, verifyTrail, signal: never });
    expect(chain.runs).toBeGreaterThan(3);
    expect(chain.findings).toEqual([]);
  });
});
