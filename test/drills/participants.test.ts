import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Caller } from '../../src/auth/caller.ts';
import { confirmStep } from '../../src/drills/confirmation.service.ts';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { requestRun } from '../../src/drills/drill.service.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import type { WishedParticipants } from '../../src/drills/participant.service.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { auditOf, makeCaller } from '../people/cast.ts';
import { testLog } from '../support/log.ts';
import { useFileDrill } from './support/file-drill.ts';
import { eventually } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, world, treeAnd, reportOf } = useFileDrill();

const manual = (name: string) => ({ step: 'manual' as const, name, instructions: 'As the plan says.' });
const PARTICIPANTS = [
  { role: 'coordinator', description: 'Leads the recovery' },
  { role: 'technician', description: 'Moves the disks', answers: ['move-disks'] },
  { role: 'verifier', description: 'Compares', answers: ['check-totals'], distinct: true },
  { role: 'observer', description: 'Looks on', required: false },
];
let queue: JobQueue;
let drill: string;
let [lead, hand, eye]: Caller[] = [];

const person = () => makeCaller(drilling.db, { kind: 'person', roles: ['operator'] });
const nameOf = (caller: Caller | undefined) => caller?.principal.name ?? '';

beforeAll(async () => {
  const deps = await drilling.deps();
  const jobs = () => drillJobs({ ...deps, queue });
  queue = await createJobQueue({ service: world.database.service, jobs, log: testLog });
  [lead, hand, eye] = [await person(), await person(), await person()];
});
afterAll(() => queue.close());

/** Asks for a run of the drill with these people. */
async function requested(participants: WishedParticipants): Promise<string> {
  const { catalogue } = await drilling.deps();
  await catalogue.refresh();
  const origin = { actor: { principalId: null, name: 'test' } };
  const wish = { drill, mode: 'full' as const, participants };
  return (await drilling.db.transaction((tx) => requestRun(tx, { catalogue, queue }, origin, wish))).runId;
}

async function confirm(caller: Caller | undefined, runId: string, step: string, role?: string): Promise<unknown> {
  if (!caller) throw new Error('nobody');
  const request = { step, outcome: 'done' as const, note: 'seen', ...(role === undefined ? {} : { role }) };
  return drilling.db.transaction((tx) => confirmStep(tx, caller, runId, request));
}

const waitsFor = (runId: string, step: string) =>
  eventually(async () => {
    const sql = 'SELECT FROM drill_confirmation WHERE run_id = $1 AND step = $2';
    return (await drilling.db.rows(sql, [runId, step])).length > 0;
  }, 60);

describe('a drill with roles', () => {
  test('that nobody fills fails its procedure, names them, and opens an action', async () => {
    const { run } = await drilling.drill({
      ...treeAnd(),
      participants: PARTICIPANTS.map((role) => ({ ...role, answers: [] })),
    });
    drill = run.drill;
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'failed' });
    expect(run.procedureReason).toMatch(/; nobody filled the required role coordinator; .* technician; .* verifier$/);
    const report = await reportOf(run);
    expect(report.participants.map(({ role, required, person: by }) => [role, required, by])).toEqual([
      ['coordinator', true, null],
      ['technician', true, null],
      ['verifier', true, null],
      ['observer', false, null],
    ]);
    expect(report.actions).toMatchObject([{ subject: 'run', summary: expect.stringContaining('role verifier') }]);
  });

  test('is refused people who cannot fill them, before it begins', async () => {
    const robot = await makeCaller(drilling.db, { kind: 'service-account' });
    const gone = await person();
    await drilling.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [gone.principal.id]);
    for (const [wished, message] of [
      [{ coordinater: nameOf(lead) }, /coordinater is no role: did you mean coordinator\?/],
      [{ coordinator: 'Nobody Known' }, /coordinator cannot be filled: there is no person named Nobody Known/],
      [{ coordinator: nameOf(gone) }, /coordinator cannot be filled: .* is disabled/],
      [{ coordinator: nameOf(robot) }, /coordinator cannot be filled: .* is a service-account, not a person/],
      [{ technician: nameOf(eye), verifier: nameOf(eye) }, /verifier must be somebody else than the technician/],
      [{ verifier: nameOf(eye), observer: nameOf(eye) }, /observer must be somebody else than the verifier/],
    ] as const) {
      await expect(requested(wished)).rejects.toMatchObject({ code: 'bad-participants', kind: 'invalid', message });
    }
  });

  test('passes with people from the start and people who take theirs as they answer', async () => {
    const steps = [manual('move-disks'), manual('check-totals')];
    const parts = { ...treeAnd(...steps), participants: PARTICIPANTS };
    const running = drilling.drill(parts, { onPhase: (phase) => (phase === 'restore' ? answer() : Promise.resolve()) });
    let answers: Promise<void> | undefined;
    const answer = async () => {
      const sql = `SELECT id, drill FROM drill_run WHERE status = 'running'`;
      const [{ id, drill: name } = { id: '', drill: '' }] = await drilling.db.rows<{ id: string; drill: string }>(sql);
      drill = name;
      answers = answerAll(id);
      answers.catch(() => {});
    };
    const { run } = await running;
    await answers;
    expect(run).toMatchObject({ status: 'completed', procedure: 'failed' });
    expect(run.procedureReason).toMatch(/\(recover\); nobody filled the required role coordinator$/);

    // The same once more, with the one that nobody has to answer for.
    const runId = await requested({ coordinator: nameOf(lead).toUpperCase(), technician: nameOf(hand) });
    const deps = await drilling.deps();
    const again = carryOutRun(deps, runId, new AbortController().signal);
    await waitsFor(runId, 'move-disks');
    await expect(confirm(lead, runId, 'move-disks', 'technician')).rejects.toMatchObject({
      code: 'bad-role',
      message: `The role technician is filled by ${nameOf(hand)} in this run`,
    });
    await confirm(hand, runId, 'move-disks');
    await waitsFor(runId, 'check-totals');
    await confirm(eye, runId, 'check-totals', 'verifier');
    await again;
    const passed = await runById(drilling.db, runId);
    expect(passed).toMatchObject({ status: 'completed', procedure: 'passed' });
    const report = await reportOf(passed);
    const said = report.participants.map(({ role, person: by, said: when, answered }) => [role, by, when, answered]);
    expect(said).toEqual([
      ['coordinator', nameOf(lead), 'at the start', []],
      ['technician', nameOf(hand), 'at the start', [{ step: 'move-disks', outcome: 'done' }]],
      ['verifier', nameOf(eye), 'in the run', [{ step: 'check-totals', outcome: 'done' }]],
      ['observer', null, null, []],
    ]);
    // What the run before it has opened.
    expect(report.actions).toMatchObject([{ subject: 'run', state: 'closed' }]);
    const evidence = await findEvidence(drilling.db, runId);
    if (!evidence) throw new Error('no evidence');
    expect(reportHtml(report, evidence)).toContain(`${nameOf(eye)} (as verifier)`);
    expect(reportHtml(report, evidence, 'zh')).toContain('无人担任');
    const audit = await auditOf(drilling.db, 'drill-run', runId);
    expect(audit.map(({ action, details }) => [action, details.participants ?? details.role ?? null])).toEqual([
      ['drill-run.request', { coordinator: nameOf(lead).toUpperCase(), technician: nameOf(hand) }],
      ['drill-run.confirm', 'technician'],
      ['drill-run.confirm', 'verifier'],
      ['drill-run.completed', null],
    ]);
    for (const sql of [`UPDATE drill_participant SET person_name = 'X'`, 'DELETE FROM drill_participant']) {
      await expect(drilling.db.execute(sql)).rejects.toThrow();
    }
  });
});

/** Everybody tries what is not theirs first. */
async function answerAll(runId: string): Promise<void> {
  const refused = async (caller: Caller | undefined, step: string, role: string | undefined, message: RegExp) => {
    const code = role === undefined ? 'role-needed' : 'bad-role';
    await expect(confirm(caller, runId, step, role)).rejects.toMatchObject({ code, kind: 'unprocessable', message });
  };
  await waitsFor(runId, 'move-disks');
  await refused(hand, 'move-disks', undefined, /answered by the role technician \(nobody yet\): .* fills no such role/);
  await refused(hand, 'move-disks', 'verifier', /technician \(nobody yet\), not by the role verifier/);
  await refused(hand, 'move-disks', 'technicain', /did you mean technician\?/);
  await confirm(hand, runId, 'move-disks', 'technician');
  await waitsFor(runId, 'check-totals');
  await refused(hand, 'check-totals', undefined, /answered by the role verifier/);
  await refused(hand, 'check-totals', 'verifier', /must be somebody else than the technician/);
  await confirm(eye, runId, 'check-totals', 'verifier');
}

test('a definition whose roles do not fit is refused', () => {
  const base = {
    ...{ apiVersion: 'muster/v1', kind: 'Drill', name: 'd', title: 't', service: 's', recoveryPoint: { set: 'x' } },
    scenario: { description: 'Lost.' },
    objectives: { severity: 'emergency' },
    steps: [{ step: 'fetch' }, { step: 'verify' }, { step: 'extract' }, manual('look')],
    validation: [{ check: 'files', count: 1 }],
  };
  const participants = [
    { role: 'one', description: '', answers: ['look', 'plan'] },
    { role: 'one', description: '', answers: ['respnd'] },
  ];
  const said = (more: object) =>
    readDefinition('d', Buffer.from(JSON.stringify({ ...base, ...more }))).problems.map(
      ({ path, message }) => `${path}: ${message}`,
    );
  expect(said({ participants })).toEqual([
    'participants/0/answers/1: nobody is asked for plan: people are asked for look',
    'participants/1/role: another role is called one',
    'participants/1/answers/0: nobody is asked for respnd: people are asked for look',
  ]);
  expect(said({ participants: participants.slice(0, 1), attended: {} })).toEqual([]);
});
