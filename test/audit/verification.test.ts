import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { acknowledgeRewind, anchorHead } from '../../src/audit/anchoring.ts';
import { auditKeysOf } from '../../src/audit/audit-keys.ts';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { createKeyring } from '../../src/secrets/keyring.ts';
import { fixedClock } from '../support/clock.ts';
import { useDatabase } from '../support/database.ts';
import { findingsOf, recordOne, sealAll, tamper, useTrail } from './trail.ts';

const database = useDatabase();
const trail = useTrail();
const clock = fixedClock('2026-11-22T10:00:00Z');
let anchorDirectory: string;

const options = () => ({ db: database.db, keys: trail.keys, anchorDirectory, clock });
const anchor = () => {
  clock.advance(60);
  return anchorHead(options());
};
const record = async (...subjects: string[]) => {
  for (const subject of subjects) await recordOne(database.db, subject);
  await sealAll(database.db, trail.keys);
};
const anchorFile = async () => join(anchorDirectory, (await readdir(anchorDirectory))[0] ?? '');
const entryIdOf = async (seq: string) => {
  const rows = await database.db.rows<{ id: string }>('SELECT entry_id AS id FROM audit_seal WHERE seq = $1', [seq]);
  return rows[0]?.id;
};

// Each test has a trail of its own: seals 1 (the chain's beginning) to 6, the head anchored.
beforeEach(async () => {
  anchorDirectory = await trail.newAnchorDirectory();
  await tamper(database.superuser, 'DELETE FROM audit_seal', 'DELETE FROM audit_entry');
  await record('a', 'b', 'c', 'd', 'e');
  await anchor();
});

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
    await rm(anchorDirectory, { recursive: true });
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
       SELECT occurred_at, xact_id, 'somebody else', 'test.do', 'test', 'c' FROM audit_entry WHERE id = ${await entryIdOf('3')}`,
    );
    expect(await findingsOf(options())).toEqual([expect.stringMatching(/^entry-inserted \d+$/)]);
  });

  test.each([
    ['time', `sealed_at = sealed_at - interval '1 day'`],
    ['code', `chain_mac = decode(repeat('00', 32), 'hex')`],
    ['entry code', `entry_mac = decode(repeat('00', 32), 'hex')`],
    ['resume number', `resume_xact_id = '3'`],
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

describe('the anchors outside the database', () => {
  const cutTail = () =>
    tamper(
      database.superuser,
      'DELETE FROM audit_seal WHERE seq > 4',
      'DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)',
    );
  // Whoever has the database and the seal key computes the whole chain anew, with codes that all fit.
  const rewrite = async () => {
    await tamper(database.superuser, 'DELETE FROM audit_seal', `DELETE FROM audit_entry WHERE subject_id = 'b'`);
    await record('f', 'g');
  };

  test('expose a tail that was cut off without a trace inside', async () => {
    await cutTail();
    expect(await findingsOf(options())).toEqual(['tail-cut 5']);
  });

  test('expose a trail that was emptied', async () => {
    await tamper(database.superuser, 'DELETE FROM audit_seal', 'DELETE FROM audit_entry');
    expect(await findingsOf(options())).toEqual(['tail-cut 1']);
  });

  test('expose a chain that was computed anew with the right key, and say after which seal', async () => {
    await record('f');
    await anchor();
    await rewrite();
    const report = await verifyAudit(options());
    expect(report.findings).toEqual([
      expect.objectContaining({ kind: 'chain-rewritten', seq: '6', message: expect.stringMatching(/after seal 0$/) }),
    ]);
  });

  test('expose it even when the newest anchor was signed over the new chain', async () => {
    await rewrite();
    const elsewhere = await trail.newAnchorDirectory();
    await anchorHead({ ...options(), anchorDirectory: elsewhere });
    await appendFile(await anchorFile(), await readFile(join(elsewhere, (await readdir(elsewhere))[0] ?? ''), 'utf8'));
    expect(await findingsOf(options())).toEqual(['chain-rewritten 6']);
  });

  test('show nothing when seal key and anchors were in the same hands: this is what a copy elsewhere is for', async () => {
    const copy = await trail.newAnchorDirectory();
    await writeFile(join(copy, 'audit-anchors-2026-11.jsonl'), await readFile(await anchorFile()));
    await rewrite();
    await rm(anchorDirectory, { recursive: true });
    await anchor();
    expect(await findingsOf(options())).toEqual([]);
    expect(await findingsOf({ ...options(), anchorDirectory: copy })).toEqual(['chain-rewritten 6']);
  });

  test('are missed when there are none', async () => {
    await rm(anchorDirectory, { recursive: true });
    expect(await findingsOf(options())).toEqual(['anchors-missing']);
  });

  test('are not signed on top of a chain that contradicts them', async () => {
    const before = await readFile(await anchorFile(), 'utf8');
    await cutTail();
    await expect(anchor()).rejects.toMatchObject({ code: 'chain-contradicts-anchor' });
    await record('new tail', 'newer tail', 'newest tail');
    await expect(anchor()).rejects.toMatchObject({ code: 'chain-contradicts-anchor' });
    expect(await readFile(await anchorFile(), 'utf8')).toBe(before);
  });

  test.each([
    ['an edited number', (line: string) => line.replace('"seq":"6"', '"seq":"5"')],
    ['an edited time', (line: string) => line.replace('T10:', 'T09:')],
    ['an edited code', (line: string) => line.replace(/(?<="chainMac":")./, (digit) => (digit === '0' ? '1' : '0'))],
    ['another key', (line: string) => line.replace(/(?<="keyId":")../, 'zz')],
    ['no anchor at all', () => 'hello'],
    ['an unknown key in it', (line: string) => line.replace('{', '{"extra":1,')],
  ])('with %s are forged, and named by file and line', async (_what, edit) => {
    await record('f');
    await anchor();
    const file = await anchorFile();
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [edit(lines[0] ?? ''), ...lines.slice(1)].join('\n'));
    const report = await verifyAudit(options());
    expect(report.findings).toEqual([expect.objectContaining({ kind: 'anchor-forged', file, line: 1 })]);
  });

  test('are not repeated while nothing happens', async () => {
    const first = await readFile(await anchorFile(), 'utf8');
    await anchor();
    expect(await readFile(await anchorFile(), 'utf8')).toBe(first);
  });

  test('of a stranger bind nobody', async () => {
    const stranger = auditKeysOf(await createKeyring(join(trail.directory, 'stranger')));
    const elsewhere = await trail.newAnchorDirectory();
    await anchorHead({ ...options(), keys: stranger, anchorDirectory: elsewhere });
    await appendFile(await anchorFile(), await readFile(join(elsewhere, (await readdir(elsewhere))[0] ?? ''), 'utf8'));
    expect(await findingsOf(options())).toEqual(['anchor-forged']);
    await record('f');
    expect((await anchor())?.seq).toBe('7');
  });

  test('survive a write that a crash cut short: the next one begins a new line', async () => {
    const file = await anchorFile();
    await record('f');
    await anchor();
    const text = await readFile(file, 'utf8');
    await truncate(file, text.length - 40);
    const torn = await verifyAudit(options());
    expect(torn.findings).toEqual([]);
    expect(torn.hints).toEqual([expect.stringMatching(/^Line 2 .* cut short$/)]);
    await anchor();
    const report = await verifyAudit(options());
    expect(report).toMatchObject({ findings: [], hints: torn.hints, anchors: { count: 2, newestSeq: '7' } });
  });

  test('that an acknowledged restore set aside bind no more; the report says who was told what', async () => {
    await record('f', 'g');
    await anchor();
    await tamper(
      database.superuser,
      'DELETE FROM audit_seal WHERE seq > 7',
      'DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_seal)',
    );
    clock.advance(60);
    await acknowledgeRewind(options(), 'restored the backup of Sunday');
    await record('h', 'i');
    await anchor();
    const report = await verifyAudit(options());
    expect(report.findings).toEqual([]);
    expect(report.hints).toEqual([expect.stringMatching(/put back to seal 7.*restored the backup of Sunday/)]);
    // Anchors of what was there before the restore still bind.
    await tamper(database.superuser, `UPDATE audit_seal SET chain_mac = decode(repeat('00', 32), 'hex') WHERE seq = 6`);
    expect(await findingsOf(options())).toEqual(['seal-edited 6', 'chain-rewritten 6', 'seal-edited 7']);
  });
});
