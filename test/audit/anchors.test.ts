import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { acknowledgeRewind, anchorHead } from '../../src/audit/anchoring.ts';
import { auditKeysOf } from '../../src/audit/audit-keys.ts';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { createKeyring } from '../../src/secrets/keyring.ts';
import { useAnchoredTrail } from './anchored-trail.ts';
import { findingsOf, tamper } from './trail.ts';

const { database, trail, options, anchor, record, anchorFile } = useAnchoredTrail();

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
    await rm(options().anchorDirectory, { recursive: true });
    await anchor();
    expect(await findingsOf(options())).toEqual([]);
    expect(await findingsOf({ ...options(), anchorDirectory: copy })).toEqual(['chain-rewritten 6']);
  });

  test('are missed when there are none', async () => {
    await rm(options().anchorDirectory, { recursive: true });
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
