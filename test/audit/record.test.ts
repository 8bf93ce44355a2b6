import { describe, expect, test } from 'vitest';
import { recordAudit } from '../../src/audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { newId } from '../../src/kernel/ids.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { recordOne, sealAll, useTrail } from './trail.ts';

const database = useDatabase();
const trail = useTrail();

describe('recording what was done', () => {
  test('an entry exists exactly when the transaction that did it commits', async () => {
    const subjectId = newId();
    const event = { actor: SYSTEM_ACTOR, action: 'test.keep', subjectKind: 'test', subjectId };
    await database.db.transaction((tx) => recordAudit(tx, event));
    const undone = database.db.transaction(async (tx) => {
      await recordAudit(tx, { ...event, action: 'test.undo' });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    const rows = await database.db.rows<{ action: string }>('SELECT action FROM audit_entry WHERE subject_id = $1', [
      subjectId,
    ]);
    expect(rows).toEqual([{ action: 'test.keep' }]);
  });

  test('an entry keeps actor, details and request', async () => {
    const actor = { principalId: newId(), name: 'asset desk' };
    const subjectId = newId();
    await database.db.transaction((tx) =>
      recordAudit(tx, {
        actor,
        action: 'unit.check-out',
        subjectKind: 'unit',
        subjectId,
        details: { from: { room: 'B2' }, absent: undefined },
        requestId: 'req-1',
      }),
    );
    const rows = await database.db.rows('SELECT * FROM audit_entry WHERE subject_id = $1', [subjectId]);
    expect(rows).toEqual([
      expect.objectContaining({
        actor_id: actor.principalId,
        actor_name: 'asset desk',
        action: 'unit.check-out',
        details: { from: { room: 'B2' } },
        request_id: 'req-1',
      }),
    ]);
  });

  test('details above 64 KiB are refused before they reach the database', async () => {
    const attempt = database.db.transaction((tx) =>
      recordAudit(tx, {
        actor: SYSTEM_ACTOR,
        action: 'test.large',
        subjectKind: 'test',
        subjectId: 'x',
        details: { blob: 'x'.repeat(70_000) },
      }),
    );
    await expect(attempt).rejects.toMatchObject({ kind: 'internal', code: 'audit-details-too-large' });
  });

  test('a writer can choose neither the time nor the transaction of an entry', async () => {
    const rows = await runAs<{ honest: boolean }>(
      database.service,
      `INSERT INTO audit_entry (actor_name, action, subject_kind, subject_id, occurred_at, xact_id)
       VALUES ('forger', 'test.forge', 'test', 'x', '2001-01-01', '3')
       RETURNING xact_id = pg_current_xact_id() AND occurred_at > now() - interval '1 minute' AS honest`,
    );
    expect(rows).toEqual([{ honest: true }]);
  });
});

describe('the ledgers refuse the service', () => {
  const ledgers = ['audit_entry', 'audit_seal'];

  test.each(ledgers)('%s can be neither edited, deleted nor truncated', async (ledger) => {
    const column = ledger === 'audit_entry' ? 'actor_name' : 'key_id';
    for (const sql of [`UPDATE ${ledger} SET ${column} = 'x'`, `DELETE FROM ${ledger}`, `TRUNCATE ${ledger} CASCADE`]) {
      await expect(runAs(database.service, sql), sql).rejects.toMatchObject({ code: '42501' });
    }
  });

  test('the service may not switch triggers off, neither for its session nor on the table', async () => {
    await expect(runAs(database.service, `SET session_replication_role = replica`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(runAs(database.service, 'ALTER TABLE audit_entry DISABLE TRIGGER ALL')).rejects.toMatchObject({
      code: '42501',
    });
  });

  test.each(ledgers)(
    'even the owner of %s is refused by the triggers, and so is a superuser in replica mode',
    async (ledger) => {
      const column = ledger === 'audit_entry' ? 'actor_name' : 'key_id';
      await recordOne(database.db, 'kept');
      await sealAll(database.db, trail.keys);
      for (const sql of [
        `UPDATE ${ledger} SET ${column} = 'x'`,
        `DELETE FROM ${ledger}`,
        `TRUNCATE ${ledger} CASCADE`,
      ]) {
        const replica = `SET session_replication_role = replica; ${sql}`;
        await expect(runAs(database.owner, sql), sql).rejects.toMatchObject({ code: '42501' });
        await expect(runAs(database.superuser, replica), sql).rejects.toMatchObject({ code: '42501' });
      }
    },
  );
});
