import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { anchorHead } from '../../src/audit/anchoring.ts';
import { auditKeysOf } from '../../src/audit/audit-keys.ts';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { concludeRun } from '../../src/drills/conclusion.ts';
import { expectsDamage } from '../../src/drills/definition-damage.ts';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { recordChecks, recordPoint } from '../../src/drills/drill-part.store.ts';
import { pinDefinition } from '../../src/drills/drill-run.store.ts';
import { makeEvidence } from '../../src/drills/evidence.ts';
import { type ChainReport, verifyEvidenceChain } from '../../src/drills/evidence-chain.ts';
import { verifyRunEvidence } from '../../src/drills/run-evidence.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { sealAll, useTrail } from '../audit/trail.ts';
import { registerOf } from '../services/register.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { newKeyring } from '../support/keyring.ts';
import { testLog } from '../support/log.ts';
import { ENTITIES } from './support/entities.ts';
import { makeRun } from './support/make-run.ts';

const database = useDatabase(ENTITIES);
const trail = useTrail();
const keyring = await newKeyring();
const deps = { clock: systemClock, log: testLog, keyring, version: 'test' };
const shipped = await readFile(join(import.meta.dirname, '../../drills/muster-database.yaml'), 'utf8');
const file = readDefinition('muster-database', Buffer.from(shipped));

/** The runs in the order of their evidence; more than one page of the walk. */
const RUNS = 22;
const MIDDLE = 9;
const runs: string[] = [];
let anchorDirectory: string;

const tables = ['drill_evidence', 'drill_run', 'drill_target', 'drill_phase', 'drill_check'];

/** Carries out as a superuser what the walls of the tables forbid. */
const tamper = (...statements: string[]) => runAs(database.superuser, statements.join('; '));

beforeAll(async () => {
  await registerOf(database).make({ name: 'Orders' });
  await database.db.transaction(ensureExamplePolicy);
  for (let at = 0; at < RUNS; at += 1) runs.push(await concludedRun(at < RUNS - 1 ? 'done' : 'pending'));
  anchorDirectory = await trail.newAnchorDirectory();
  await sealAll(database.db, auditKeysOf(keyring), 1000);
  await anchorHead({ db: database.db, keys: auditKeysOf(keyring), anchorDirectory, clock: systemClock });
  // The owner of the tables takes their walls away first: here they are gone for good, with a copy of all rows.
  const checks = await runAs<{ table: string; name: string }>(
    database.superuser,
    `SELECT conrelid::regclass::text AS table, conname AS name FROM pg_constraint
      WHERE contype IN ('c', 'u', 'f') AND (conrelid::regclass::text = ANY ($1) OR confrelid::regclass::text = ANY ($1))
      ORDER BY contype = 'f' DESC`,
    [tables],
  );
  await tamper(
    ...checks.map(({ table, name }) => `ALTER TABLE ${table} DROP CONSTRAINT ${name}`),
    ...tables.map((table) => `ALTER TABLE ${table} DISABLE TRIGGER ALL`),
    'ALTER TABLE audit_entry DISABLE TRIGGER ALL',
    ...tables.map((table) => `CREATE TABLE kept_${table} AS TABLE ${table}`),
  );
});

beforeEach(async () => {
  await tamper(
    ...tables.flatMap((table) => [
      `DELETE FROM ${table}`,
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE TABLE kept_${table}`,
    ]),
  );
});

/** A run as it stands when its work is done, and then its end as every run comes to it. */
async function concludedRun(cleanup: 'done' | 'pending'): Promise<string> {
  const { db } = database;
  const triggeredAt = new Date('2026-11-22T15:00:00.250Z');
  const id = await makeRun(db, { drill: 'muster-database', service: 'Orders', triggeredAt, outcome: 'running' });
  const fence = { runId: id, attempt: 1 };
  const { definition } = file;
  if (!definition) throw new Error('the shipped drill is no definition');
  await db.transaction(async (tx) => {
    await pinDefinition(tx, fence, {
      ...{ service: 'Orders', text: file.text, sha256: file.sha256, severity: 'emergency', policyVersion: 1 },
      ...{ policyExample: true, expectsDamage: expectsDamage(definition) },
    });
    const takenAt = new Date('2026-11-22T14:00:00.125Z');
    const point = { id: newId(), sha256: 'c'.repeat(64), takenAt, sizeBytes: 4096, repository: 'the shelf' };
    await recordPoint(tx, id, point, ['same disk']);
    await recordChecks(tx, id, 0, [
      { kind: 'table', subject: 'public.orders', expected: '3 rows', actual: '3 rows', result: 'passed' },
    ]);
    const promised = { respondSeconds: 900, planSeconds: 3600, recoverSeconds: 14_400, rpoSeconds: 86_400 };
    const outcome = {
      ...({ status: 'completed', reason: null, validation: 'passed', validationReason: null } as const),
      ...({ backup: { state: 'sound' }, resources: 'unknown', respondSeconds: null, planSeconds: null } as const),
      ...({ technicalRtaSeconds: 0.1 + 0.2, cleanup, cleanupReason: null } as const),
    };
    await concludeRun(tx, { ...deps, db }, fence, outcome, { definition, promised });
  });
  return id;
}

const verify = (): Promise<ChainReport> =>
  verifyEvidenceChain({
    ...{ db: database.db, publicKey: keyring.publicKey, signal: new AbortController().signal },
    verifyTrail: (signal) => verifyAudit({ db: database.db, keys: auditKeysOf(keyring), anchorDirectory, signal }),
  });

/** What is found, as the kind and the place of the run in the chain. */
async function found(): Promise<string[]> {
  const { findings, sound } = await verify();
  expect(sound).toBe(findings.length === 0);
  return findings.map(({ kind, runId }) => `${kind} ${runs.indexOf(runId)}`);
}

/** The text with one character changed: a bit of it, or the case of a letter. */
function edited(text: string, index: number, how: 'bit' | 'case'): string {
  const code = text.charCodeAt(index) ^ (how === 'case' && /[a-z]/i.test(text[index] ?? '') ? 32 : 1);
  return text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
}

describe('the evidence of all runs', () => {
  test('is sound as it was written, over more than one page', async () => {
    const { findings, ...report } = await verify();
    expect(findings).toEqual([]);
    expect(report).toMatchObject({ sound: true, runs: RUNS, trail: { sound: true, findings: 0 }, findingsOmitted: 0 });
    expect(report.headSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('of nothing is not called sound, and every run that had some is named', async () => {
    await tamper('DELETE FROM drill_evidence');
    expect(await found()).toHaveLength(RUNS);
    expect(await verify()).toMatchObject({ sound: false, runs: 0 });
  });
});

describe('the evidence of one run', () => {
  const check = (at: number) => verifyRunEvidence(database.db, keyring.publicKey, runs[at] ?? '');
  const kindsOf = async (at: number) => (await check(at)).findings.map(({ kind }) => kind);

  test('is sound as it was written, the first one too, and names the one before it', async () => {
    expect(await check(0)).toMatchObject({ sound: true, findings: [], previousRunId: null });
    const later = await check(MIDDLE);
    expect(later).toMatchObject({ sound: true, findings: [], previousRunId: runs[MIDDLE - 1] });
    expect(later.evidence?.previousSha256).toBe((await check(MIDDLE - 1)).evidence?.evidenceSha256);
  });

  test('is found to be edited, gone, cut from its predecessor, or contradicted by the rows of its run', async () => {
    await tamper(`UPDATE drill_evidence SET report = report || ' ' WHERE run_id = '${runs[MIDDLE]}'`);
    expect(await kindsOf(MIDDLE)).toEqual(['evidence-edited']);
    await tamper(`DELETE FROM drill_evidence WHERE run_id = '${runs[MIDDLE]}'`);
    expect(await check(MIDDLE)).toMatchObject({ sound: false, evidence: null });
    expect(await kindsOf(MIDDLE)).toEqual(['evidence-missing']);
    expect(await kindsOf(MIDDLE + 1)).toEqual(['chain-broken']);
    await tamper(`UPDATE drill_run SET technical_rta_seconds = 1 WHERE id = '${runs[0]}'`);
    expect(await kindsOf(0)).toEqual(['record-edited']);
  });

  test('is not there for a run that has none, and for no run at all', async () => {
    const triggeredAt = new Date();
    const skipped = await makeRun(database.db, { drill: 'd', service: 's', triggeredAt, outcome: 'skipped' });
    const verifyOf = (id: string) => verifyRunEvidence(database.db, keyring.publicKey, id);
    await expect(verifyOf(skipped)).rejects.toMatchObject({ kind: 'not-found', code: 'no-report' });
    await expect(verifyOf(newId())).rejects.toMatchObject({ kind: 'not-found', code: 'unknown-run' });
  });
});

describe('whoever takes the walls of the tables away is found', () => {
  const TEXTS = [
    ...['report', 'report_sha256', 'statement', 'evidence_sha256', 'previous_sha256'],
    ...['signature', 'key_id', 'public_key'],
  ];

  test.each(TEXTS)('who edits a byte of %s', async (column) => {
    const rows = await runAs<{ runId: string; text: string }>(
      database.superuser,
      `SELECT run_id AS "runId", ${column} AS text FROM drill_evidence ORDER BY seq OFFSET 2 LIMIT 9`,
    );
    // Each in a row of its own, two apart, so that one walk finds them all.
    for (const [at, { runId, text }] of rows.entries()) {
      const [index = 0] = fc.sample(fc.nat({ max: text.length - 1 }), 1);
      const changed = [edited(text, index, 'bit'), edited(text, index, 'case'), `${text}0`, `${text} `, text.slice(1)][
        at / 2
      ];
      if (changed === undefined) continue;
      await runAs(database.superuser, `UPDATE drill_evidence SET ${column} = $1 WHERE run_id = $2`, [changed, runId]);
    }
    expect(await found()).toEqual([2, 4, 6, 8, 10].map((at) => `evidence-edited ${at}`));
  });

  test('who gives the evidence of one run to another', async () => {
    const other = newId();
    await tamper(`UPDATE drill_evidence SET run_id = '${other}' WHERE run_id = '${runs[MIDDLE]}'`);
    expect(await found()).toEqual(['evidence-edited -1', `evidence-missing ${MIDDLE}`]);
  });

  test('who cuts the tail off', async () => {
    await tamper(`DELETE FROM drill_evidence WHERE run_id IN ('${runs[RUNS - 1]}', '${runs[RUNS - 2]}')`);
    expect(await found()).toEqual([`evidence-missing ${RUNS - 2}`, `evidence-missing ${RUNS - 1}`]);
  });

  test('who cuts the tail off together with the audit entry: by the trail', async () => {
    const [entry] = await runAs<Record<string, string>>(
      database.superuser,
      `DELETE FROM drill_evidence WHERE run_id = '${runs[RUNS - 1]}' RETURNING run_id`,
    );
    expect(entry).toBeDefined();
    const where = `subject_id = '${runs[RUNS - 1]}' AND details ? 'evidenceSha256'`;
    await tamper(
      'DROP TABLE IF EXISTS kept_entry',
      `CREATE TABLE kept_entry AS SELECT * FROM audit_entry WHERE ${where}`,
      `DELETE FROM audit_entry WHERE ${where}`,
    );
    const report = await verify();
    await tamper('INSERT INTO audit_entry OVERRIDING SYSTEM VALUE TABLE kept_entry');
    expect(report).toMatchObject({ sound: false, findings: [], trail: { sound: false, findings: 1 } });
  });

  test('who deletes a row in the middle, and who deletes the first', async () => {
    await tamper(`DELETE FROM drill_evidence WHERE run_id IN ('${runs[0]}', '${runs[MIDDLE]}')`);
    expect((await found()).toSorted()).toEqual(
      [
        ...['chain-broken 1', `chain-broken ${MIDDLE + 1}`],
        ...['evidence-missing 0', `evidence-missing ${MIDDLE}`],
      ].toSorted(),
    );
  });

  test('who swaps two rows, whether by their place or by what they hold', async () => {
    const pair = `('${runs[MIDDLE]}', '${runs[MIDDLE + 3]}')`;
    const other = (column: string) =>
      `(SELECT o.${column} FROM kept_drill_evidence o WHERE o.run_id IN ${pair} AND o.run_id <> e.run_id)`;
    await tamper(
      'ALTER TABLE drill_evidence DROP CONSTRAINT IF EXISTS drill_evidence_pk',
      'ALTER TABLE drill_evidence ALTER seq SET GENERATED BY DEFAULT',
      `UPDATE drill_evidence e SET seq = ${other('seq')} WHERE run_id IN ${pair}`,
    );
    const moved = [MIDDLE + 3, MIDDLE + 1, MIDDLE, MIDDLE + 4];
    expect(await found()).toEqual(moved.map((at) => `chain-broken ${at}`));
    await tamper('DELETE FROM drill_evidence', 'INSERT INTO drill_evidence TABLE kept_drill_evidence');
    await tamper(`UPDATE drill_evidence e SET run_id = ${other('run_id')} WHERE run_id IN ${pair}`);
    expect(await found()).toEqual([`evidence-edited ${MIDDLE + 3}`, `evidence-edited ${MIDDLE}`]);
  });

  test('who puts a row in, and who writes the end of the chain anew with the very key', async () => {
    const [last] = await runAs<{ report: string; previous: string }>(
      database.superuser,
      `SELECT report, previous_sha256 AS previous FROM drill_evidence WHERE run_id = '${runs[RUNS - 1]}'`,
    );
    const { previous = '' } = last ?? {};
    const report = (last?.report ?? '').replace('"the shelf"', '"the cellar"');
    const source = {
      drill: 'muster-database',
      report,
      definitionSha256: file.sha256,
      signedAt: '2026-11-22T15:10:03.120Z',
    };
    const forged = makeEvidence({ ...source, runId: runs[RUNS - 1] ?? '', previousSha256: previous }, keyring);
    await store(runs[RUNS - 1] ?? '', forged);
    expect(await found()).toEqual([`evidence-replaced ${RUNS - 1}`, `record-edited ${RUNS - 1}`]);

    const unknown = newId();
    await store(unknown, makeEvidence({ ...source, runId: unknown, previousSha256: forged.evidenceSha256 }, keyring));
    expect(await found()).toContain('evidence-replaced -1');
  });

  async function store(runId: string, evidence: ReturnType<typeof makeEvidence>): Promise<void> {
    await runAs(database.superuser, 'DELETE FROM drill_evidence WHERE run_id = $1', [runId]);
    const { report, reportSha256, statement, evidenceSha256, previousSha256, signature, keyId, publicKey } = evidence;
    await runAs(
      database.superuser,
      `INSERT INTO drill_evidence
         (seq, run_id, report, report_sha256, statement, evidence_sha256, previous_sha256, signature, key_id, public_key)
       OVERRIDING SYSTEM VALUE
       SELECT max(seq) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM drill_evidence`,
      [runId, report, reportSha256, statement, evidenceSha256, previousSha256, signature, keyId, publicKey],
    );
  }

  test('who signed with another key', async () => {
    const other = await newKeyring();
    const report = await verifyEvidenceChain({
      ...{ db: database.db, publicKey: other.publicKey, signal: new AbortController().signal },
      verifyTrail: (signal) => verifyAudit({ db: database.db, keys: auditKeysOf(keyring), anchorDirectory, signal }),
    });
    expect(report.findings.map(({ kind }) => kind)).toEqual(runs.map(() => 'evidence-edited'));
  });
});

describe('the rows of a run', () => {
  const EDITS: Readonly<Record<string, string>> = {
    ...{ drill: `'other'`, service: `'Other'`, trigger: `'schedule'`, mode: `'availability'` },
    ...{ requested_by_name: `'nobody'`, triggered_at: `triggered_at + interval '1 ms'`, host_id: `'there'` },
    ...{ started_at: `started_at - interval '1 s'`, finished_at: `finished_at + interval '1 day'` },
    ...{ status: `'failed'`, status_reason: `'no room'`, attempt: '2', validation: `'failed'` },
    ...{
      procedure: `'failed'`,
      procedure_reason: `'too slow'`,
      availability: `'passed'`,
      availability_reason: `'all there'`,
    },
    ...{ cleanup: `'failed'`, cleanup_reason: `'a file was left'` },
    ...{
      technical_rta_seconds: '0.3',
      rpa_seconds: '1',
      severity: `'general'`,
      policy_version: '2',
      policy_example: 'false',
    },
    ...{ definition_text: `definition_text || ' '`, definition_sha256: `repeat('d', 64)`, expects_damage: 'true' },
    ...{ recovery_point_id: 'gen_random_uuid()', recovery_point_sha256: 'NULL', repository: `'the cellar'` },
    ...{ recovery_point_at: `recovery_point_at + interval '1 min'`, recovery_point_size_bytes: '1' },
    ...{ findings: `'[{"kind": "corrupt"}]'`, lost: `'{"a site"}'`, warnings: `'{}'`, varied_parameters: `'{region}'` },
    ...{ kept_until: 'clock_timestamp()', recovery_case: `'INC-1'`, recovery_reason: `'it was down'` },
  };
  /** Columns that say how the run was worked, or belong to what goes on after its end: no report has them. */
  const NOT_COMPARED = [
    ...['id', 'requested_by_id', 'worker_process', 'heartbeat_at', 'lease_expires_at', 'cancel_requested_at'],
    ...['cancel_requested_by', 'phase', 'progress_bytes_done', 'progress_bytes_total', 'queued_seconds'],
    ...[
      'report_written_at',
      'created_at',
      'version',
      'start_within_seconds',
      'claimed_service',
      'preflight',
      'parameters',
      'kept_size_bytes',
    ],
  ];

  test('are held against the signed report, column by column, and each edit is named', async () => {
    const columns = await database.db.rows<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'drill_run'::regclass AND attnum > 0 AND NOT attisdropped`,
    );
    const known = [...Object.keys(EDITS), ...NOT_COMPARED];
    expect(columns.map(({ name }) => name).toSorted()).toEqual(known.toSorted());
    // Each edit in a run of its own: one walk finds them all, in the order of the runs.
    const edits = Object.entries(EDITS);
    for (let first = 0; first < edits.length; first += RUNS) {
      const some = edits.slice(first, first + RUNS);
      const restore = ['DELETE FROM drill_run', 'INSERT INTO drill_run TABLE kept_drill_run'];
      const change = some.map(([column, to], at) => `UPDATE drill_run SET ${column} = ${to} WHERE id = '${runs[at]}'`);
      await tamper(...restore, ...change);
      expect(await found()).toEqual(some.map((_edit, at) => `record-edited ${at}`));
    }
  });

  test('of its targets, phases and checks as well, and a run that is gone', async () => {
    await tamper(
      `UPDATE drill_target SET target_seconds = 20000 WHERE target = 'recover' AND run_id = '${runs[1]}'`,
      `DELETE FROM drill_target WHERE target = 'plan' AND run_id = '${runs[2]}'`,
      `UPDATE drill_phase SET seconds = 0.5 WHERE phase = 'verify' AND run_id = '${runs[3]}'`,
      `UPDATE drill_check SET actual = '2 rows' WHERE run_id = '${runs[4]}'`,
      `DELETE FROM drill_run WHERE id = '${runs[5]}'`,
    );
    const { findings } = await verify();
    expect(findings.map(({ kind, message }) => `${kind}: ${message.replace(/^.* report says: /, '')}`)).toEqual([
      ...['record-edited: targets', 'record-edited: targets', 'record-edited: phases', 'record-edited: checks'],
      'record-edited: the run itself is gone',
    ]);
  });

  test('may say what became of leftovers after the end, where the report had them pending', async () => {
    await tamper(`UPDATE drill_run SET cleanup = 'failed', cleanup_reason = 'in use' WHERE id = '${runs[RUNS - 1]}'`);
    expect(await found()).toEqual([]);
  });
});
