import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries, type PostgresBinaries } from '../../src/database/server/binaries.ts';
import { type RunningCluster, type StartClusterOptions, startCluster } from '../../src/database/server/cluster.ts';
import { probeRunAs, type RunAs } from '../../src/database/server/run-as.ts';
import { copyCluster } from '../support/scratch-cluster.ts';

/** A directory for one test file, and everything to start servers in it. */
export interface Scratch {
  readonly directory: string;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  /** A new cluster, copied from the run's template; its data directory. */
  newCluster(name: string): Promise<string>;
  options(dataDirectory: string, more?: Partial<StartClusterOptions>): StartClusterOptions;
  start(dataDirectory: string, more?: Partial<StartClusterOptions>): Promise<RunningCluster>;
  /** Stops every server that `start` started and removes the directory. */
  remove(): Promise<void>;
}

export const silentLog = pino({ level: 'silent' });

export async function makeScratch(): Promise<Scratch> {
  const binaries = await findBinaries();
  const runAs = await probeRunAs({ binaries });
  const directory = mkdtempSync(join(tmpdir(), 'mst-'));
  const started: RunningCluster[] = [];
  const options = (dataDirectory: string, more: Partial<StartClusterOptions> = {}): StartClusterOptions => ({
    binaries,
    runAs,
    dataDirectory,
    runtimeDirectory: directory,
    logDirectory: `${dataDirectory}-log`,
    superuser: SUPERUSER,
    startTimeoutSeconds: 20,
    log: silentLog,
    ...more,
  });
  return {
    directory,
    binaries,
    runAs,
    options,
    newCluster: async (name) => {
      // What a first try of the test has left.
      rmSync(join(directory, name), { recursive: true, force: true });
      await copyCluster(inject('clusterTemplate'), join(directory, name));
      return join(directory, name);
    },
    start: async (dataDirectory, more) => {
      const cluster = await startCluster(options(dataDirectory, more));
      started.push(cluster);
      return cluster;
    },
    remove: async () => {
      await Promise.all(started.map((cluster) => cluster.stop('immediate', 10)));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs one statement on a connection of its own. */
export async function query(connection: ConnectionSettings, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Polls until the condition holds; fails after the time limit with what was waited for. */
export async function until(what: string, seconds: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
