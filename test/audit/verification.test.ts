import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { useAnchoredTrail } from './anchored-trail.ts';
import { findingsOf, recordOne, tamper } from './trail.ts';

const { database, options, record } = useAnchoredTrail();

const entryIdOf = async (seq: string) => {
  const rows = await database.db.rows<{ id: string }>('SELECT entry_id AS id FROM audit_seal WHERE seq = $1', [seq]);
  return rows[0]?.id;
};

describe('a sound trail', () => {
  test('verifies, and the report counts what was checked', async () => {
    const progress: [number, number][] = [];
    const report = await verifyAudit({ ...options(), onProgress: (...each) => progress.push(each) });
    expect(report).toMatchObject({
      sound: true,
      entries: 6,
      sealed: 6,
      headSeq: '6',
      unsealedTail: { count: 0, ids: [] },
      anchors: { count: 1, newestSeq: '6', newestAt: '2026-11-22T10:01:00.000Z', sealsSince: 0 },
      findings: [],
    });
    expect(progress).toEqual([[6, 6]]);
  });

  test('names the entries that no seal covers yet, and the seals that no anchor covers', async () => {
    await record('f');
    await recordOne(database.db, 'g');
    const report = await verifyAudit(options());
    const newest = await database.db.rows<{ id: string }>('SELECT max(id)::text AS id FROM audit_entry');
    expect(report.sound).toBe(true);
    expect(report.unsealedTail).toMatchObject({ count: 1, ids: [newest[0]?.id] });
    expect(report.anchors.sealsSince).toBe(1);
  });

  test('in which nothing was ever sealed is not called sound', async () => {
    await tamper(database.superuser, 'DELETE FROM audit_seal', 'DELETE FROM audit_entry');
    await rm(options().anchorDirectory, { recursive: true });
    expect(await verifyAudit(options())).toMatchObject({ sound: false, sealed: 0, findings: [] });
  });

  test('can be told to stop', async () => {
    const attempt = verifyAudit({ ...options(), signal: AbortSignal.abort(new Error('enough')) });
    await expect(attempt).rejects.toThrow('enough');
  });
});

describe('a superuser with the triggers off is found out', () => {
  const EDITS = {
    actor: `actor_name = 'somebody else'`,
    'actor id': `actor_id = 'c0ffee00-0000-4000-8000-000000000000'`,
    action: `action = 'test.undo'`,
    'subject kind': `subject_kind = 'other'`,
    subject: `subject_id = 'z'`,
    details: `details = '{"note": "nothing happened"}'`,
    'a microsecond of its time': `occurred_at = occurred_at + interval '1 microsecond'`,
    'the request': `request_id = 'r'`,
    'its transaction': `xact_id = '3'`,
  };

  test.each(Object.entries(EDITS))('who edits %s of an entry', async (_what, change) => {
    const id = await entryIdOf('4');
    await tamper(database.superuser, `UPDATE audit_entry SET ${change} WHERE id = ${id}`);
    const report = await verifyAudit(options());
    expect(report.sound).toBe(false);
    expect(report.findings).toEqual([expect.objectContaining({ kind: 'entry-edited', seq: '4', entryId: id })]);
  });

  test('who deletes an entry', async () => {
    await tamper(database.superuser, `DELETE FROM audit_entry WHERE id = ${await entryIdOf('3')}`);
    expect(await findingsOf(options())).toEqual(['entry-deleted 3']);
  });

  test('who deletes an entry with its seal', async () => {
    const id = await entryIdOf('3');
    await tamper(
      database.superuser,
      'DELETE FROM audit_seal WHERE seq = 3',
      `DELETE FROM audit_entry WHERE id = ${id}`,
    );
    expect(await findingsOf(options())).toEqual(['seals-missing 3']);
  });

  test('who closes the gap by numbering the rest anew', async () => {
    await tamper(
      database.superuser,
      `DELETE FROM audit_seal WHERE seq = 3`,
      `DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)`,
      `UPDATE audit_seal SET seq = seq - 1, previous_seq = previous_seq - 1 WHERE seq = 4`,
      `UPDATE audit_seal SET seq = seq - 1, previous_seq = previous_seq - 1 WHERE seq = 5`,
      `UPDATE audit_seal SET seq = seq - 1, previous_seq = previous_seq - 1 WHERE seq = 6`,
    );
    const found = await findingsOf(options());
    expect(found).toEqual(['seal-edited 3', 'seal-edited 4', 'seal-edited 5', 'tail-cut 6']);
  });

  test('who slips an entry in among sealed ones', async () => {
    await tamper(
      database.superuser,
      `INSERT INTO audit_entry (occurred_at, xact_id, actor_name, action, subject_kind, subject_id)
       SELECT occurred_at, '3', 'somebody else', 'test.do', 'test', 'c' FROM audit_entry WHERE id = ${await entryIdOf('3')}`,
    );
    expect(await findingsOf(options())).toEqual([expect.stringMatching(/^entry-inserted \d+$/)]);
  });

  test.each([
    ['time', `sealed_at = sealed_at - interval '1 day'`],
    ['code', `chain_mac = decode(repeat('00', 32), 'hex')`],
    ['entry code', `entry_mac = decode(repeat('00', 32), 'hex')`],
    ['resume number', `resume_xact_id = '3'`],
    ['resume entry', `resume_entry_id = 3`],
  ])("who edits a seal's %s", async (what, change) => {
    await tamper(database.superuser, `UPDATE audit_seal SET ${change} WHERE seq = 4`);
    // A seal that follows a changed code does not fit it any more.
    expect(await findingsOf(options())).toEqual(
      what === 'code' ? ['seal-edited 4', 'seal-edited 5'] : ['seal-edited 4'],
    );
  });

  test('who swaps the entries of two seals', async () => {
    const [three, four] = [await entryIdOf('3'), await entryIdOf('4')];
    await tamper(
      database.superuser,
      'ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_entry',
      `UPDATE audit_seal SET entry_id = CASE seq WHEN 3 THEN ${four} ELSE ${three} END WHERE seq IN (3, 4)`,
      'ALTER TABLE audit_seal ADD CONSTRAINT audit_seal_entry UNIQUE (entry_id)',
    );
    expect(await findingsOf(options())).toEqual(['seal-edited 3', 'seal-edited 4']);
  });

  test('who claims another key', async () => {
    await tamper(database.superuser, `UPDATE audit_seal SET key_id = 'mine' WHERE seq = 4`);
    expect(await findingsOf(options())).toEqual(['seal-key-unknown 4']);
  });

  test('who makes more damage than a report lists: the rest is counted', async () => {
    await record(...Array.from({ length: 30 }, (_, at) => `more-${at}`));
    await tamper(
      database.superuser,
      `INSERT INTO audit_entry (xact_id, actor_name, action, subject_kind, subject_id)
       SELECT '3', 'x', 'test.do', 'test', 'flood' FROM generate_series(1, 990)`,
      `UPDATE audit_entry SET actor_name = 'x'`,
    );
    const report = await verifyAudit(options());
    expect(report.findings).toHaveLength(1000);
    expect(report.findingsOmitted).toBe(36 + 990 - 1000);
  });
});
