import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import { type Anchoring, anchorHead } from '../../src/audit/anchoring.ts';
import { fixedClock } from '../support/clock.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { recordOne, sealAll, type TrailSetup, tamper, useTrail } from './trail.ts';

/** A trail of its own for each test: seals 1 (the chain's beginning) to 6, and the head anchored. */
export interface AnchoredTrail {
  readonly database: TestDatabase;
  readonly trail: TrailSetup;
  /** What anchoring and verifying take. */
  options(): Anchoring;
  /** Anchors the head a minute later. */
  anchor(): ReturnType<typeof anchorHead>;
  /** Records an entry for each subject, and seals them. */
  record(...subjects: string[]): Promise<void>;
  /** The first anchor file. */
  anchorFile(): Promise<string>;
}

export function useAnchoredTrail(): AnchoredTrail {
  const database = useDatabase();
  const trail = useTrail();
  const clock = fixedClock('2026-11-22T10:00:00Z');
  let anchorDirectory = '';
  const options = () => ({ db: database.db, keys: trail.keys, anchorDirectory, clock });
  const anchored: AnchoredTrail = {
    database,
    trail,
    options,
    anchor() {
      clock.advance(60);
      return anchorHead(options());
    },
    async record(...subjects) {
      for (const subject of subjects) await recordOne(database.db, subject);
      await sealAll(database.db, trail.keys);
    },
    anchorFile: async () => join(anchorDirectory, (await readdir(anchorDirectory))[0] ?? ''),
  };
  beforeEach(async () => {
    anchorDirectory = await trail.newAnchorDirectory();
    await tamper(database.superuser, 'DELETE FROM audit_seal', 'DELETE FROM audit_entry');
    await anchored.record('a', 'b', 'c', 'd', 'e');
    await anchored.anchor();
  });
  return anchored;
}
