import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { SERVER_ENVIRONMENT } from '../../src/database/server/command.ts';
import { giveTo } from '../../src/database/server/ownership.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { eventually } from './eventually.ts';
import type { Installation } from './installation.ts';

const ADMINISTRATOR = 'administrator';

/** A PostgreSQL server of somebody else, on TCP with passwords; it ends with the installation it was made in. */
export interface ExternalServer {
  readonly port: number;
  /** Makes a role with these attributes (SQL) and a database that it owns; its DATABASE_URL. */
  makeDatabase(name: string, attributes?: string): Promise<string>;
  /** Runs SQL as the administrator. */
  query<Row>(database: string, sql: string): Promise<Row[]>;
  /** Stops and starts it, as its owner would for an update. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a new server. @param binDirectory of another installation than the npm package's. */
export async function startExternalServer(
  { root }: Pick<Installation, 'root'>,
  binDirectory?: string,
): Promise<ExternalServer> {
  const binaries = await findBinaries(binDirectory);
  const runAs = await probeRunAs({ binaries });
  const dataDirectory = join(root, 'external', 'data');
  await mkdir(join(root, 'external'));
  await initCluster({ binaries, runAs, dataDirectory, superuser: ADMINISTRATOR, sync: false });
  // Clients get in by password, replication included; only the administrator's own socket needs none.
  await writeFile(
    join(dataDirectory, 'pg_hba.conf'),
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n',
  );
  await giveTo(runAs, dataDirectory);
  const port = await freePort();
  const socket = join(root, 'external', 'socket');
  await mkdir(socket, { mode: 0o777 });
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: socket,
    fsync: 'off',
  };
  const args = [
    '-D',
    dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const { file, args: wrapped, uid, gid } = runAs.wrap(binaries.postgres, args);
  const start = () =>
    spawn(file, [...wrapped], {
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      stdio: 'ignore',
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
  let child = start();
  const query = <Row>(database: string, sql: string) => queryOnce<Row>({ host: socket, port, database }, sql);
  await eventually('the external server answers', 60, () => query('postgres', 'SELECT 1').catch(() => undefined));
  return {
    port,
    query,
    makeDatabase: async (name, attributes = '') => {
      await query('postgres', `CREATE ROLE ${name} LOGIN PASSWORD 'pass-${name}' ${attributes}`);
      await query('postgres', `CREATE DATABASE ${name} OWNER ${name}`);
      return `postgres://${name}:pass-${name}@127.0.0.1:${port}/${name}`;
    },
    restart: async () => {
      await stopServer(child);
      child = start();
    },
    stop: () => stopServer(child),
  };
}

async function queryOnce<Row>(where: { host: string; port: number; database: string }, sql: string): Promise<Row[]> {
  const client = new Client({ ...where, user: ADMINISTRATOR });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
}

/** A TCP port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('A listening server has an address');
  return address.port;
}
