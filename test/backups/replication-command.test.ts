import { Duplex } from 'node:stream';
import type { Connection } from 'pg';
import { expect, test } from 'vitest';
import { receiveBaseBackup } from '../../src/backups/base-backup.ts';
import { ReplicationCommand } from '../../src/backups/replication.command.ts';
import { ReplicationConnection } from '../../src/backups/replication.connection.ts';
import { useBackupCluster } from './support/backup-cluster.ts';

const cluster = useBackupCluster();

test('a slow reader pauses the socket, so that what waits in memory stays bounded', async () => {
  const socket = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  // The driver's side of a connection: what the command uses of it.
  const connection = { stream: socket, query: () => {}, once: () => {} } as unknown as Connection;
  const command = new ReplicationCommand('BASE_BACKUP');
  command.submit(connection);
  let sentBytes = 0;
  while (!socket.isPaused()) {
    command.handleCopyData({ chunk: Buffer.alloc(65_536) });
    sentBytes += 65_536;
  }
  expect(sentBytes).toBeLessThanOrEqual(9 * 1024 * 1024);
  command.handleReadyForQuery();
  let takenBytes = 0;
  for await (const message of command) {
    if (message.kind === 'copy') takenBytes += message.bytes.length;
    // It flows again before everything is taken, so the server need not wait.
    if (takenBytes === sentBytes - 65_536) expect(socket.isPaused()).toBe(false);
  }
  expect(takenBytes).toBe(sentBytes);
});

test('bytes that were handed out stay as they were while more arrive', async () => {
  const connection = await ReplicationConnection.open(cluster.owner);
  const digests: string[] = [];
  const kept: Buffer[] = [];
  try {
    await receiveBaseBackup(connection, {
      label: 'it\'s "quoted"',
      archive: {
        write: async (bytes) => {
          kept.push(bytes);
          digests.push(`${bytes.length}:${bytes.readUInt8(0)}:${bytes.readUInt8(bytes.length - 1)}`);
          await new Promise(setImmediate);
        },
      },
      manifest: { write: async () => {} },
    });
  } finally {
    await connection.close();
  }
  expect(kept.length).toBeGreaterThan(100);
  expect(kept.map((bytes) => `${bytes.length}:${bytes.readUInt8(0)}:${bytes.readUInt8(bytes.length - 1)}`)).toEqual(
    digests,
  );
});

test('a refused command is an error, and the connection goes on', async () => {
  const connection = await ReplicationConnection.open(cluster.owner);
  try {
    await expect(connection.rows('TIMELINE_HISTORY 77')).rejects.toThrow(/00000077|0000004D/);
    expect(await connection.identifySystem()).toMatchObject({ timeline: 1 });
  } finally {
    await connection.close();
  }
});
