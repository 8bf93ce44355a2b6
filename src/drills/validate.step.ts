import { type ComparedTable, type Comparison, compareTables } from '../backups/compare.ts';
import { displayNameOf } from '../backups/table-fingerprint.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import { Database } from '../database/database.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { openExportedCanary } from '../secrets/recovery-identity.ts';
import { readCanary } from '../secrets/secret-key.store.ts';
import { nothingRestored } from './checks/ask.ts';
import { checkDamage } from './checks/damage.check.ts';
import { checkFiles } from './checks/files.check.ts';
import { checkHttp } from './checks/http.check.ts';
import { checkLostTables } from './checks/lost-tables.check.ts';
import { checkRowCounts } from './checks/row-counts.check.ts';
import { checkByScript } from './checks/script.check.ts';
import { checkSql } from './checks/sql.check.ts';
import { checkViews } from './checks/views.check.ts';
import type { ValidationCheck } from './definition-checks.ts';
import { recordChecks } from './drill-part.store.ts';
import type { Recovery } from './recovery.ts';
import type { DrillCheck } from './run.ts';

/**
 * Carries out every check of the validation, side by side and also after one has failed, and records each comparison. What
 * cannot be asked at all (the server went away) throws; what answers wrongly is a failed check.
 */
export async function validate(recovery: Recovery): Promise<string> {
  const { recorder, runId, definition } = recovery;
  const all: DrillCheck[] = [];
  const ended = await Promise.allSettled([
    ...definition.validation.map((check) => carryOutOrFail(recovery, check)),
    checkLostTables(recovery),
    // The tables check compares views as well.
    ...(definition.validation.some(({ check }) => check === 'tables') ? [] : [checkViews(recovery)]),
  ]);
  for (const result of ended) {
    if (result.status === 'rejected') throw result.reason;
    await recorder.write((tx) => recordChecks(tx, runId, all.length, result.value));
    all.push(...result.value);
  }
  const failed = all.filter((check) => check.result === 'failed');
  const checked = all.filter((check) => check.result !== 'not compared');
  recovery.validation = checked.length > 0 && failed.length === 0 ? 'passed' : 'failed';
  const coverage = all.filter((check) => check.kind === 'coverage').map(({ actual }) => actual);
  if (recovery.validation === 'passed') return coverage.join('; ') || `${checked.length} checks passed`;
  recovery.validationReason = reasonOf(failed);
  recorder.say(recovery.validationReason, 'error');
  return recovery.validationReason;
}

/** Without what a step was to prepare, and has not, a check fails: the run went on without that step. */
async function carryOutOrFail(recovery: Recovery, check: ValidationCheck): Promise<DrillCheck[]> {
  try {
    return await carryOut(recovery, check);
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === 'nothing-restored')) throw thrown;
    const subject = `${check.check} check`;
    return [{ kind: 'coverage', subject, expected: 'something restored', actual: thrown.message, result: 'failed' }];
  }
}

function carryOut(recovery: Recovery, check: ValidationCheck): Promise<DrillCheck[]> {
  switch (check.check) {
    case 'tables':
      return compareWithRecord(recovery);
    case 'canary':
      return decryptCanary(recovery);
    case 'sql':
      return checkSql(recovery, check);
    case 'rowCounts':
      return checkRowCounts(recovery, check);
    case 'files':
      return checkFiles(recovery, check);
    case 'script':
      return checkByScript(recovery, check);
    case 'http':
      return checkHttp(recovery, check);
    case 'damage':
      return checkDamage(recovery, check);
  }
}

const REASONS_MAX = 3;

function reasonOf(failed: readonly DrillCheck[]): string {
  if (failed.length === 0) return 'nothing was checked';
  const first = failed
    .slice(0, REASONS_MAX)
    .map((check) => `${check.subject}: ${check.actual}, expected ${check.expected}`);
  const rest = failed.length > REASONS_MAX ? `; and ${failed.length - REASONS_MAX} more` : '';
  return `${first.join('; ')}${rest}`;
}

async function compareWithRecord(recovery: Recovery): Promise<DrillCheck[]> {
  const { recorder, signal, record } = recovery;
  if (record === undefined) return [noRecord()];
  const comparison = await compareTables(record, restored(recovery), { signal });
  recorder.say(`${comparison.equalCount} of ${comparison.comparedCount} tables equal, ${comparison.rowCount} rows`);
  return [
    coverageOf(comparison),
    ...comparison.tables.map(tableCheck),
    ...viewChecks(comparison),
    ...leftOut(comparison),
  ];
}

function noRecord(): DrillCheck {
  const actual = 'nothing is on record of a dump that another tool made: name counts in rowCounts, or ask with sql';
  return { kind: 'coverage', subject: 'tables', expected: 'tables on record', actual, result: 'failed' };
}

function coverageOf(comparison: Comparison): DrillCheck {
  const { equalCount, comparedCount, rowCount } = comparison;
  return {
    kind: 'coverage',
    subject: 'tables',
    expected: comparedCount === 0 ? 'at least one table' : `${comparedCount} of ${comparedCount} tables`,
    actual: `${equalCount} of ${comparedCount} tables, ${rowCount} rows`,
    result: comparison.equal ? 'passed' : 'failed',
  };
}

function tableCheck(table: ComparedTable): DrillCheck {
  return {
    kind: 'table',
    subject: displayNameOf(table),
    expected: contentOf(table.expected, 'no such table'),
    actual: contentOf(table.actual, table.result === 'unexpected' ? 'a table' : 'missing'),
    result: table.result === 'equal' ? 'passed' : 'failed',
  };
}

function contentOf(content: ComparedTable['expected'], otherwise: string): string {
  return content ? `${content.rowCount} rows, fingerprint ${content.fingerprint}` : otherwise;
}

const VIEW = /^the materialised view /;

function viewChecks(comparison: Comparison): DrillCheck[] {
  return comparison.differences
    .filter((difference) => VIEW.test(difference))
    .map((difference) => ({
      kind: 'view',
      subject: 'materialised views',
      expected: 'as they were',
      actual: difference,
      result: 'failed',
    }));
}

function leftOut(comparison: Comparison): DrillCheck[] {
  return comparison.notCompared.map(({ kind, reason, ...name }) => ({
    kind: 'table',
    subject: name.schema === '' ? name.name : displayNameOf(name),
    expected: `${kind}: ${reason}`,
    actual: 'not compared',
    result: 'not compared',
  }));
}

/** The restored data must be readable with the key as it lies in the export, not with the one in this process. */
async function decryptCanary(recovery: Recovery): Promise<DrillCheck[]> {
  const { deps, recorder } = recovery;
  const expected = 'opens with the exported key';
  const check = (result: 'passed' | 'failed', actual: string): DrillCheck[] => [
    { kind: 'canary', subject: 'secret canary', expected, actual, result },
  ];
  const canaryRow = await readRestoredCanary(recovery);
  if (canaryRow === undefined) return check('failed', 'the restored database holds no canary');
  try {
    const { masterKeyId } = await openExportedCanary({ ...(await deps.exportedKey()), canaryRow });
    recorder.say(`the canary opens with the exported key ${masterKeyId}`);
    return check('passed', `opens with key ${masterKeyId}`);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return check('failed', messageOf(thrown));
  }
}

async function readRestoredCanary(recovery: Recovery) {
  const db = await Database.connect(restored(recovery), [], { applicationName: 'muster drill', poolSize: 1 });
  try {
    return await readCanary(db);
  } finally {
    await db.close();
  }
}

function restored({ database }: Recovery): ConnectionSettings {
  if (database === undefined) throw nothingRestored();
  return database;
}
