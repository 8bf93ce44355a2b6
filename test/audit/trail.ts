import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { recordAudit } from '../../src/audit/audit.store.ts';
import { type AuditKeys, auditKeysOf } from '../../src/audit/audit-keys.ts';
import { type AuditReport, verifyAudit } from '../../src/audit/audit-verification.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { sealNext } from '../../src/audit/seal.store.ts';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import type { Database, Tx } from '../../src/database/database.ts';
import { createKeyring } from '../../src/secrets/keyring.ts';

/** Keys and a directory for anchors that belong to one test file. */
export interface TrailSetup {
  readonly keys: AuditKeys;
  readonly directory: string;
  newAnchorDirectory(): Promise<string>;
}

export function useTrail(): TrailSetup {
  let directory = '';
  let keys: AuditKeys | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-trail-'));
    keys = auditKeysOf(await createKeyring(join(directory, 'keys')));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));
  return {
    get keys() {
      if (!keys) throw new Error('useTrail: the keys exist inside tests only');
      return keys;
    },
    get directory() {
      return directory;
    },
    newAnchorDirectory: () => mkdtemp(join(directory, 'anchors-')),
  };
}

export const recordTest = (tx: Tx, subjectId: string, action = 'test.do') =>
  recordAudit(tx, { actor: SYSTEM_ACTOR, action, subjectKind: 'test', subjectId, details: { note: subjectId } });

export const recordOne = (db: Database, subjectId: string) => db.transaction((tx) => recordTest(tx, subjectId));

/** Seals until every entry is sealed. Other databases of the cluster hold the horizon back for moments, so it may take a few rounds. */
export async function sealAll(db: Database, keys: AuditKeys, batchSize = 100): Promise<void> {
  await until(async () => {
    await db.transaction((tx) => sealNext(tx, keys, batchSize));
    return (await unsealedCount(db)) === 0;
  });
}

export async function unsealedCount(db: Database): Promise<number> {
  const rows = await db.rows<{ count: string }>(
    'SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)',
  );
  return Number(rows[0]?.count);
}

/** Verifies and answers the kinds of findings with their seal or entry, for short expectations. */
export async function findingsOf(options: Parameters<typeof verifyAudit>[0]): Promise<string[]> {
  return kindsOf(await verifyAudit(options));
}

export const kindsOf = (report: AuditReport) =>
  report.findings.map(({ kind, seq, entryId }) => [kind, seq ?? entryId].filter(Boolean).join(' '));

/** What a database superuser can do who switches the ledgers' triggers off first. */
export async function tamper(superuser: ConnectionSettings, ...statements: string[]): Promise<void> {
  const client = new Client(driverSettings(superuser, 'tamper'));
  await client.connect();
  const triggers = (verb: string) =>
    `ALTER TABLE audit_entry ${verb} TRIGGER ALL; ALTER TABLE audit_seal ${verb} TRIGGER ALL`;
  try {
    await client.query(`BEGIN; ${triggers('DISABLE')}`);
    for (const statement of statements) await client.query(statement);
    await client.query(triggers('ENABLE'));
    for (const ledger of ['audit_entry', 'audit_seal']) {
      for (const name of ['ledger_rows', 'ledger_truncate']) {
        await client.query(`ALTER TABLE ${ledger} ENABLE ALWAYS TRIGGER ${name}`);
      }
    }
    await client.query(`ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_stamp; COMMIT`);
  } finally {
    await client.end();
  }
}

/** Polls until the condition holds. @throws when it does not within the deadline. */
export async function until(condition: () => Promise<boolean> | boolean, deadlineMs = 20_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
