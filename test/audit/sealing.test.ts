import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { verifyAudit } from '../../src/audit/audit-verification.ts';
import { sealNext } from '../../src/audit/seal.store.ts';
import { driverSettings } from '../../src/database/connection.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { kindsOf, recordOne, recordTest, sealAll, tamper, unsealedCount, until, useTrail } from './trail.ts';

const database = useDatabase();
const trail = useTrail();

const connect = async () => {
  const client = new Client(driverSettings(database.service, 'writer'));
  await client.connect();
  return client;
};

const INSERT = `INSERT INTO audit_entry (actor_name, action, subject_kind, subject_id) VALUES ('w', 'test.do', 'test', $1)`;

interface Sealed {
  readonly seq: string;
  readonly entry_id: string;
  readonly xact_id: string;
  readonly subject_id: string;
}

const sealedEntries = () =>
  database.db.rows<Sealed>(
    `SELECT s.seq, s.entry_id, e.xact_id::text, e.subject_id FROM audit_seal s JOIN audit_entry e ON e.id = s.entry_id ORDER BY s.seq`,
  );

describe('sealing', () => {
  test('an entry waits while an older transaction is open, and stands behind its entries once that has ended', async () => {
    await sealAll(database.db, trail.keys);
    const older = await connect();
    await older.query('BEGIN');
    await older.query(INSERT, ['older']);
    await recordOne(database.db, 'younger');
    await database.db.transaction((tx) => sealNext(tx, trail.keys, 100));
    const whileOpen = await sealedEntries();
    await older.query('COMMIT');
    await older.end();
    await sealAll(database.db, trail.keys);
    const subjects = (await sealedEntries()).map((entry) => entry.subject_id);
    expect(whileOpen).toHaveLength(1);
    expect(subjects.slice(1)).toEqual(['older', 'younger']);
  });

  test('under long and short, committed and abandoned transactions and several sealers, every entry is sealed exactly once', async () => {
    const writers = 6;
    const committed: string[] = [];
    let writing = true;
    const write = async (writer: number) => {
      const client = await connect();
      for (let turn = 0; turn < 25; turn += 1) {
        const name = `${writer}-${turn}`;
        await client.query('BEGIN');
        await client.query(INSERT, [`${name}-first`]);
        await client.query('SAVEPOINT inner_part');
        await client.query(INSERT, [`${name}-inner`]);
        await client.query(turn % 3 === 0 ? 'ROLLBACK TO inner_part' : 'RELEASE inner_part');
        // Every other writer keeps its transaction open over many others' commits.
        if (writer % 2 === 0) await client.query('SELECT pg_sleep($1)', [0.01 + (turn % 4) * 0.02]);
        await client.query(INSERT, [`${name}-last`]);
        const kept = turn % 5 !== 0;
        await client.query(kept ? 'COMMIT' : 'ROLLBACK');
        if (kept) committed.push(`${name}-first`, `${name}-last`, ...(turn % 3 === 0 ? [] : [`${name}-inner`]));
      }
      await client.end();
    };
    const seal = async () => {
      while (writing) await database.db.transaction((tx) => sealNext(tx, trail.keys, 7));
    };
    const sealers = [seal(), seal(), seal()];
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    writing = false;
    await Promise.all(sealers);
    await sealAll(database.db, trail.keys, 7);

    const sealed = (await sealedEntries()).filter((entry) => /^\d+-\d+-/.test(entry.subject_id));
    expect(sealed.map((entry) => entry.subject_id).toSorted()).toEqual(committed.toSorted());
    const inOrder = sealed.toSorted(
      (a, b) => Number(BigInt(a.xact_id) - BigInt(b.xact_id)) || Number(BigInt(a.entry_id) - BigInt(b.entry_id)),
    );
    expect(sealed).toEqual(inOrder);
    // The trap was really there: some entry was sealed after another with a higher id.
    expect(sealed.some((entry, at) => at > 0 && BigInt(entry.entry_id) < BigInt(sealed[at - 1]?.entry_id ?? 0))).toBe(
      true,
    );
    const report = await verifyAudit({
      keys: trail.keys,
      db: database.db,
      anchorDirectory: join(trail.directory, 'none'),
    });
    expect(kindsOf(report)).toEqual(['anchors-missing']);
    expect(report.sealed).toBe(report.entries);
  });

  test('writers never wait for the sealer, nor for each other', async () => {
    await database.db.transaction(async (tx) => {
      await recordOne(database.db, 'before the lock');
      expect((await sealNext(tx, trail.keys, 100)).held).toBe(true);
      await recordOne(database.db, 'while another transaction seals');
    });
    await sealAll(database.db, trail.keys);
  });

  test('while one process seals, another one does nothing', async () => {
    await database.db.transaction(async (tx) => {
      expect((await sealNext(tx, trail.keys, 100)).held).toBe(true);
      const other = await database.db.transaction((second) => sealNext(second, trail.keys, 100));
      expect(other).toEqual({ held: false, sealed: 0, more: false });
    });
  });

  test('one transaction with more entries than a batch is sealed in several rounds', async () => {
    await database.db.transaction(async (tx) => {
      for (let at = 0; at < 25; at += 1) await recordTest(tx, `many-${at}`);
    });
    await sealAll(database.db, trail.keys, 10);
    const many = (await sealedEntries()).filter((entry) => entry.subject_id.startsWith('many-'));
    expect(many.map((entry) => entry.subject_id)).toEqual(Array.from({ length: 25 }, (_, at) => `many-${at}`));
  });

  test('the database refuses a seal that repeats an entry, leaves a gap or forks the chain', async () => {
    const columns = 'entry_id, sealed_at, key_id, cluster_id, resume_xact_id, resume_entry_id, entry_mac, chain_mac';
    const copy = (seq: string, previous: string, entry = 'entry_id') =>
      runAs(
        database.service,
        `INSERT INTO audit_seal (seq, previous_seq, ${columns})
         SELECT ${seq}, ${previous}, ${entry}, ${columns.replace('entry_id, ', '')} FROM audit_seal ORDER BY seq DESC LIMIT 1`,
      );
    await expect(copy('seq + 1', 'seq')).rejects.toMatchObject({ constraint: 'audit_seal_entry' });
    await recordOne(database.db, 'free');
    const free = '(SELECT max(id) FROM audit_entry)';
    await expect(copy('seq + 2', 'seq', free)).rejects.toMatchObject({ constraint: 'audit_seal_gapless' });
    await expect(copy('seq + 2', 'seq + 1', free)).rejects.toMatchObject({ constraint: 'audit_seal_previous' });
    await expect(copy('seq', 'previous_seq', free)).rejects.toMatchObject({ constraint: 'audit_seal_pkey' });
    await expect(copy('seq + 1', 'seq', '9999999')).rejects.toMatchObject({ constraint: 'audit_seal_entry_exists' });
    await sealAll(database.db, trail.keys);
  });
});

describe('after a move to another cluster', () => {
  // A restored dump brings transaction numbers of the old cluster: far ahead of the new one's, and of no meaning there.
  const renumber = (by: string) =>
    tamper(
      database.superuser,
      `UPDATE audit_entry SET xact_id = (xact_id::text::numeric + ${by})::text::xid8
       WHERE NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = id)`,
    );

  test('entries with numbers ahead of the cluster, and those that follow, are all sealed once', async () => {
    await sealAll(database.db, trail.keys);
    await recordOne(database.db, 'old, unsealed');
    await renumber('1000000000');
    await database.db.transaction((tx) => sealNext(tx, trail.keys, 100));
    expect(await unsealedCount(database.db)).toBe(1);
    await recordOne(database.db, 'sealed there');
    // The old cluster's last seal: its resume number is ahead of this cluster too.
    await runAs(
      database.service,
      `INSERT INTO audit_seal SELECT seq + 1, seq, (SELECT max(id) FROM audit_entry), sealed_at,
         key_id, 'another cluster', '5000000000', 0, entry_mac, chain_mac FROM audit_seal ORDER BY seq DESC LIMIT 1`,
    );
    const open = await connect();
    await open.query('BEGIN');
    await open.query(INSERT, ['open during the move']);
    await recordOne(database.db, 'new, low number');
    await database.db.transaction((tx) => sealNext(tx, trail.keys, 2));
    await open.query('COMMIT');
    await open.end();
    await sealAll(database.db, trail.keys);
    const subjects = (await sealedEntries()).map((entry) => entry.subject_id);
    for (const subject of ['old, unsealed', 'new, low number', 'open during the move']) {
      expect(subjects.filter((each) => each === subject)).toHaveLength(1);
    }
    const adopted = await database.db.rows(`SELECT 1 FROM audit_entry WHERE action = 'audit-chain.continue'`);
    expect(adopted).toHaveLength(1);
    await recordOne(database.db, 'afterwards');
    await until(async () => {
      await database.db.transaction((tx) => sealNext(tx, trail.keys, 100));
      return (await sealedEntries()).some((entry) => entry.subject_id === 'afterwards');
    });
    // The seal that this test forged is the only damage: the chain goes on from it without a break.
    const report = await verifyAudit({
      keys: trail.keys,
      db: database.db,
      anchorDirectory: join(trail.directory, 'none'),
    });
    expect(kindsOf(report)).toEqual([expect.stringMatching(/^seal-edited/), 'anchors-missing']);
  });

  test('a server that keeps its identifier to itself is no obstacle', async () => {
    await runAs(database.superuser, 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC');
    await recordOne(database.db, 'without identifier');
    await sealAll(database.db, trail.keys);
    const rows = await database.db.rows<{ cluster_id: string }>(
      'SELECT cluster_id FROM audit_seal ORDER BY seq DESC LIMIT 1',
    );
    expect(rows[0]?.cluster_id).toBe('unknown');
  });
});
