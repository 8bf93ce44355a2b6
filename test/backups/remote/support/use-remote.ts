import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { RemoteMeans } from '../../../../src/backups/remote/open-store.ts';
import { NO_REMOTE } from '../../support/no-remote.ts';
import { type FaultyLine, openLine } from './faulty-line.ts';

/** A server for the tests of a block, and what a service needs to reach it. Read the members inside tests only. */
export interface RemoteWorld<Server> {
  readonly server: Server;
  readonly remote: RemoteMeans;
  /** Another way to the server, new for each test, that can be made to fail. */
  readonly line: FaultyLine;
}

/** Starts a server before the tests of a block. After each test nothing that was fetched may be left. */
export function useRemote<Server extends { readonly port: number; stop(): Promise<void> }>(
  start: () => Promise<Server>,
  egress: RemoteMeans['egress'],
): RemoteWorld<Server> {
  let server: Server;
  let remote: RemoteMeans;
  let line: FaultyLine;
  beforeAll(async () => {
    server = await start();
    const spoolRoot = mkdtempSync(join(tmpdir(), 'muster-spool-'));
    remote = { ...NO_REMOTE, egress, spoolRoot, pauseMs: 1 };
  });
  afterAll(async () => {
    await server.stop();
    rmSync(remote.spoolRoot, { recursive: true });
  });
  beforeEach(async () => {
    line = await openLine(server.port);
  });
  afterEach(async () => {
    await line.close();
    expect(readdirSync(remote.spoolRoot)).toEqual([]);
  });
  return {
    get server() {
      return server;
    },
    get remote() {
      return remote;
    },
    get line() {
      return line;
    },
  };
}
