import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { RemoteMeans } from '../../../../src/backups/remote/open-store.ts';
import { NO_REMOTE } from '../../support/no-remote.ts';
import { type FaultyLine, openLine } from './faulty-line.ts';
import { LOCAL_EGRESS, type Sshd, startSshd } from './sshd.ts';

/** A server for the tests of a block, and what a service needs to reach it. Read the members inside tests only. */
export interface SftpWorld {
  readonly sshd: Sshd;
  readonly remote: RemoteMeans;
  /** Another way to the server, new for each test, that can be made to fail. */
  readonly line: FaultyLine;
}

/** Starts a server before the tests of a block. After each test nothing that was fetched may be left. */
export function useSftp(): SftpWorld {
  let sshd: Sshd;
  let remote: RemoteMeans;
  let line: FaultyLine;
  beforeAll(async () => {
    sshd = await startSshd();
    const spoolRoot = mkdtempSync(join(tmpdir(), 'muster-spool-'));
    remote = { ...NO_REMOTE, egress: LOCAL_EGRESS, spoolRoot, pauseMs: 1 };
  });
  afterAll(async () => {
    await sshd.stop();
    rmSync(remote.spoolRoot, { recursive: true });
  });
  beforeEach(async () => {
    line = await openLine(sshd.port);
  });
  afterEach(async () => {
    await line.close();
    expect(readdirSync(remote.spoolRoot)).toEqual([]);
  });
  return {
    get sshd() {
      return sshd;
    },
    get remote() {
      return remote;
    },
    get line() {
      return line;
    },
  };
}
