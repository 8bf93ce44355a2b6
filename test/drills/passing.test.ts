import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { auditKeysOf } from '../../src/audit/audit-keys.ts';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { evidenceBundle } from '../../src/drills/bundle.ts';
import { checksOf, phasesOf, targetsOf } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { evidenceProblems } from '../../src/drills/evidence.ts';
import { verifyEvidenceChain } from '../../src/drills/evidence-chain.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { reportFilesOf } from '../../src/drills/report-files.ts';
import { reportWords } from '../../src/drills/report-language.ts';
import { type DrillRun, exitStatusOf } from '../../src/drills/run.ts';
import { auditOf } from '../people/cast.ts';
import { runAs } from '../support/database.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { leftovers, NOTHING_LEFT } from './support/watching.ts';
import { startWriters } from './support/writers.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const world = useDrillWorld();
let first: DrillRun;
let run: DrillRun;

// Two drills on the live database, which goes on being written to while they run.
beforeAll(async () => {
  const writers = await startWriters(world.owner, 2);
  await world.capture();
  first = await world.drill();
  run = await world.drill();
  expect(await writers.stop()).toBeGreaterThan(50);
});

async function evidenceOf({ id }: DrillRun) {
  const evidence = await findEvidence(world.db, id);
  if (!evidence) throw new Error('no evidence');
  return evidence;
}

describe('a drill on the live database, which goes on writing', () => {
  test('passes: every table equal, the canary opened, nothing left behind', async () => {
    expect(run).toMatchObject({
      ...{ status: 'completed', validation: 'passed', cleanup: 'done', procedure: 'passed' },
      ...{ availability: 'passed', service: 'Muster', severity: 'emergency', policyVersion: 1 },
      policyExample: true,
    });
    expect(run.availabilityReason).toContain('the service needs no spares and no seats');
    const checks = await checksOf(world.db, run.id);
    const tables = checks.filter((check) => check.kind === 'table' && check.result === 'passed');
    expect(tables.length).toBeGreaterThan(30);
    expect(tables.map((check) => check.subject)).toEqual(expect.arrayContaining(['public.busy', 'public.audit_entry']));
    expect(checks[0]).toMatchObject({ kind: 'coverage', result: 'passed' });
    expect(checks[0]?.actual).toMatch(new RegExp(`^${tables.length} of ${tables.length} tables, \\d+ rows$`));
    expect(checks.at(-1)).toMatchObject({ kind: 'canary', result: 'passed' });
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });

  test('measures what it can, and says so of what it cannot', async () => {
    const targets = await targetsOf(world.db, run.id);
    expect(targets.map(({ target, result, required }) => [target, result, required])).toEqual([
      ['respond', 'not measured', false],
      ['plan', 'not measured', false],
      ['recover', 'met', true],
      ['rpo', 'met', true],
    ]);
    expect(exitStatusOf(run, targets)).toBe(0);
    expect(run.rpaSeconds).toBeCloseTo((run.triggeredAt.getTime() - (run.recoveryPointAt?.getTime() ?? 0)) / 1000, 1);
  });

  test('times its phases without a gap, from the trigger to validated', async () => {
    const phases = await phasesOf(world.db, run.id);
    const status = Object.fromEntries(phases.map((phase) => [phase.phase, phase.status]));
    expect(status).toEqual({
      ...{ respond: 'not measured', plan: 'not measured', provision: 'done', fetch: 'done', verify: 'done' },
      ...{ restore: 'done', validate: 'done', handover: 'not measured', cleanup: 'done' },
    });
    const technical = phases.filter(({ phase, seconds }) => seconds !== null && phase !== 'cleanup');
    const sum = technical.reduce((total, { seconds }) => total + (seconds ?? 0), 0);
    expect(run.technicalRtaSeconds).toBeCloseTo(sum, 6);
    for (const { startedAt, endedAt } of technical) {
      expect(endedAt?.getTime()).toBeGreaterThanOrEqual(startedAt?.getTime() ?? Number.POSITIVE_INFINITY);
    }
  });

  test('notes in the catalogue that the recovery point was restored', async () => {
    expect(
      await world.db.rows('SELECT verdict, verified_level FROM recovery_point WHERE id = $1', [run.recoveryPointId]),
    ).toEqual([{ verdict: 'sound', verified_level: 'restore' }]);
  });
});

describe('the evidence of a run', () => {
  test('is signed, chained to the run before it, and fits the report as stored and as written to files', async () => {
    const evidence = await evidenceOf(run);
    const { keyring } = await world.deps();
    const publicKey = keyring.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(evidenceProblems(evidence, publicKey)).toEqual([]);
    expect(evidence.previousSha256).toBe((await evidenceOf(first)).evidenceSha256);
    expect(evidence.reportSha256).toBe(createHash('sha256').update(evidence.report).digest('hex'));

    const files = reportFilesOf(world.places.reports, run.id);
    expect(await readFile(files.json, 'utf8')).toBe(evidence.report);
    const page = await readFile(files.html, 'utf8');
    expect(page).toContain(evidence.evidenceSha256);
    expect(page).toContain(keyring.signingKeyId);
    expect(page).toContain('Example targets, not your commitment.');
    expect((await stat(files.html)).mode & 0o077).toBe(0);
  });

  test('is found sound with the rows of the runs, as they came about', async () => {
    const { keyring } = await world.deps();
    const { db } = world;
    const trail = { db, keys: auditKeysOf(keyring), anchorDirectory: world.places.root };
    const report = await verifyEvidenceChain({
      ...{ db, publicKey: keyring.publicKey, signal: new AbortController().signal },
      verifyTrail: (signal) => verifyAudit({ ...trail, signal }),
    });
    expect(report).toMatchObject({ runs: 2, findings: [], headSha256: (await evidenceOf(run)).evidenceSha256 });
  });

  test('holds everything that the report needs', async () => {
    const report = reportSchema.parse(JSON.parse((await evidenceOf(run)).report));
    expect(report.headline).toMatchObject({ measure: 'technical RTA', rtoSeconds: 14_400, result: 'met' });
    expect(report.headline.marginSeconds).toBeCloseTo(14_400 - (run.technicalRtaSeconds ?? 0), 6);
    expect(report.policy).toMatchObject({ example: true, notice: 'example targets, not your commitment' });
    expect(report.validation.tablesEqual).toBe(report.validation.tablesCompared);
    expect(report.warnings).toEqual([expect.stringContaining('same disk')]);
    expect(report.notProven).toHaveLength(3);
    expect(report.earlierRuns.map((earlier) => earlier.id)).toEqual([first.id]);
    const text = report.definition?.text ?? '';
    expect(report.definition?.sha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(report.log.length).toBeGreaterThan(5);
    expect(report.checks.some((check) => check.result === 'not compared')).toBe(true);
  });

  test('says what was not carried out, and in Chinese what the run says of itself by rule', async () => {
    const report = reportSchema.parse(JSON.parse((await evidenceOf(run)).report));
    expect(report.notExecuted.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...['phase respond', 'phase plan', 'phase handover'],
    ]);
    const { recorded } = reportWords('zh');
    const said = [
      ...Object.values(report.verdicts).map(({ reason }) => reason),
      ...report.targets.flatMap(({ note }) => note ?? []),
      ...report.notExecuted.map(({ reason }) => reason),
      ...report.notProven,
      ...report.warnings,
      ...report.phases
        .filter(({ phase }) => ['provision', 'validate', 'cleanup'].includes(phase))
        .map(({ detail }) => detail ?? ''),
    ];
    expect(said.filter((text) => recorded(text) === undefined)).toEqual([]);
  });

  test('cannot be updated, deleted or truncated, not even by the owner of the tables', async () => {
    for (const statement of [
      `UPDATE drill_evidence SET report = report`,
      'DELETE FROM drill_evidence',
      'TRUNCATE drill_evidence',
    ]) {
      await expect(world.db.execute(statement)).rejects.toThrow(/permission denied/);
      await expect(runAs(world.owner, statement)).rejects.toThrow(/append-only/);
    }
  });

  test('that a superuser has edited behind the triggers is found when it is read', async () => {
    const { keyring } = await world.deps();
    const publicKey = keyring.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await runAs(world.superuser, 'ALTER TABLE drill_evidence DISABLE TRIGGER USER');
    const edit = (report: string) =>
      runAs(
        world.superuser,
        `UPDATE drill_evidence SET report = $2, report_sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex') WHERE run_id = $1`,
        [first.id, report],
      );
    const { report } = await evidenceOf(first);
    await edit(report.replace('"status": "completed"', '"status": "failed"'));
    expect(evidenceProblems(await evidenceOf(first), publicKey)).toEqual([
      'the report is not the one that was signed',
      'the report’s digest is not the one that was signed',
    ]);
    await edit(report);
    await runAs(world.superuser, 'ALTER TABLE drill_evidence ENABLE ALWAYS TRIGGER ledger_rows');
    await runAs(world.superuser, 'ALTER TABLE drill_evidence ENABLE ALWAYS TRIGGER ledger_truncate');
    expect(evidenceProblems(await evidenceOf(first), publicKey)).toEqual([]);
  });

  test('comes as a zip that holds the report, the definition and the signature', async () => {
    const evidence = await evidenceOf(run);
    const { signingKey } = (await world.deps()).keyring;
    const bundle = await evidenceBundle(evidence, signingKey);
    expect(bundle.subarray(0, 4)).toEqual(Buffer.from('PK\x03\x04'));
    const text = bundle.toString('latin1');
    for (const name of ['README.txt', 'report.json', 'report.html', 'definition.yaml', 'evidence.json']) {
      expect(text).toContain(name);
    }
    expect(Buffer.compare(bundle, await evidenceBundle(evidence, signingKey))).toBe(0);
  });

  test('is announced in the audit trail', async () => {
    const lines = await auditOf(world.db, 'drill-run', run.id);
    expect(lines.map((line) => line.action)).toEqual(['drill-run.request', 'drill-run.completed']);
    const { evidenceSha256 } = await evidenceOf(run);
    expect(lines[1]?.details).toMatchObject({ procedure: 'passed', evidenceSha256 });
  });
});
