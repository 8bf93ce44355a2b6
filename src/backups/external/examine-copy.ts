import type { KeyObject } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Level } from '../../verification/level.ts';
import type { LoadedThread } from '../../verification/reading-thread.ts';
import type { BackupSet, RecoveryPoint } from '../backup-catalogue.ts';
import type { PointVerdict } from '../catalogue.store.ts';
import { concludeChecks } from './conclusion.ts';
import { lookAtPoint, readPoint } from './examination.ts';
import { ListsBeside } from './listed-digest.ts';
import { RealDirectories } from './point-files.ts';
import { type ExternalCheck, unread } from './point-result.ts';
import { RepositoryReader } from './repository-reader.ts';

/** What an examination of a copy stands on. */
export interface CopyExaminationDeps {
  readonly db: Database;
  readonly log: Logger;
  readonly publicKeys: readonly KeyObject[];
}

/** A copy of a watched point, and how it is examined. */
export interface CopyToExamine {
  readonly set: BackupSet;
  readonly point: RecoveryPoint;
  /** Where it was copied to: it stands for the root of the repository. Without links. */
  readonly root: string;
  /** See `CopiedPoint`. */
  readonly isUnchanged: boolean | undefined;
  readonly level: Exclude<Level, 'presence' | 'restore'>;
  /** The text of an identity file of age, to open what is encrypted. */
  readonly identityText: string | undefined;
  /** See `ReaderChoices`. */
  readonly loaded: LoadedThread | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (bytesRead: number, totalBytes: number) => void;
}

/** The copy is read at full speed: its pace was kept when it was made. */
const NO_LIMITS = { bytesPerSecondMax: undefined, readersMax: 1 };

/** Reads the copy of a watched point in full and judges it as a check of the point itself would. Nothing is recorded. */
export async function examineCopy(deps: CopyExaminationDeps, copy: CopyToExamine): Promise<ExternalCheck> {
  const { set, point, root, level, identityText, loaded, signal, onProgress } = copy;
  const reader = new RepositoryReader(NO_LIMITS, deps.publicKeys, { level, identityText, loaded });
  try {
    const examination = {
      ...{ db: deps.db, log: deps.log, set, reader, signal, onProgress },
      // A copy has times of its own: whether the original changed was seen when it was copied.
      point: copy.isUnchanged === false ? point : { ...point, marks: undefined },
      place: { root, directories: new RealDirectories() },
      lists: new ListsBeside(root, reader.limits),
      run: undefined,
      retryPauseMs: 0,
    };
    const examined = await readPoint(examination, await lookAtPoint(examination));
    const [check] = await concludeChecks(deps.db, [{ point, examined }]);
    return check ?? unread('unverifiable', undefined, []);
  } finally {
    await reader.close();
  }
}

/** What is noted in the catalogue of the point after the examination. */
export function verdictToNote({ marks }: RecoveryPoint, check: ExternalCheck): PointVerdict {
  const { verdict, level, wasReadInFull, digest, digestOrigin, format, entriesChecked: entries } = check;
  return { verdict, level, wasReadInFull, digest, external: { digestOrigin, format, entries, marks } };
}
