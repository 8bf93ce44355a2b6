import { AppError, messageOf } from '../kernel/errors.ts';
import { HostileEntry } from './archive-writer.ts';

/** Why an archive could not be unpacked, as a thread can say it. */
export interface UnpackFailure {
  /** `target`: the disk that was written to; it says nothing about the backup. */
  readonly blame: 'archive' | 'hostile' | 'target';
  readonly message: string;
  /** The system's, where it has one. */
  readonly code: string;
}

/** What is to blame for what was thrown while an archive was read and written. */
export function unpackFailureOf(thrown: unknown): UnpackFailure {
  const { code = '', syscall } = thrown as NodeJS.ErrnoException;
  const message = messageOf(thrown);
  if (thrown instanceof HostileEntry) return { blame: 'hostile', message, code };
  const isTarget = syscall !== undefined && syscall !== 'read' && !(syscall === 'open' && code === 'ENOENT');
  return { blame: isTarget ? 'target' : 'archive', message, code };
}

/** The failure as an error about this archive; the disk's own errors keep their code (`explainFullDisk`). */
export function unpackErrorOf(archive: string, { blame, message, code }: UnpackFailure): Error {
  if (blame === 'target') return Object.assign(new Error(message), { code });
  if (blame === 'archive') return archiveDamaged(archive, message);
  return new AppError('unprocessable', 'point-hostile', `${archive} was made to harm: ${message}`);
}

/** An archive that is not as it was stored. */
export function archiveDamaged(archive: string, why: string): AppError {
  return new AppError('unprocessable', 'point-damaged', `${archive} is damaged: ${why}`);
}
