import type { paths } from '../api/api.generated.d.ts';

type Read<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Answer } } } };
}
  ? Answer
  : never;
type Row<Path extends keyof paths> = Read<Path> extends { items: (infer Item)[] } ? Item : never;

export type BackupSet = Row<'/backup-sets'>;
export type Repository = Row<'/repositories'>;
export type RecoveryPoint = Row<'/backup-sets/{id}/points'>;
/** A check of a point, with the point's name and set. */
export type PointCheck = Row<'/repositories/{id}/checks'>;
/** A check of a point as the point's own list has it. */
export type Check = Row<'/recovery-points/{id}/checks'>;
export type Capture = Row<'/backup-sets/{id}/captures'>;
export type Hold = Row<'/recovery-points/{id}/holds'>;
export type Report = Row<'/backup-sets/{id}/reports'>;
export type RetentionStep = Row<'/backup-sets/{id}/retention-plan'>;
/** How long damage could go unseen in one set. */
export type Exposure = Read<'/repositories/{id}/verification'>['sets'][number];
export type Verdict = NonNullable<RecoveryPoint['verdict']>;
export type Progress = NonNullable<Check['progress']>;

/** One thing that is wrong with a backup; what is wrong only because of it stands under it. */
export interface Finding {
  readonly kind: string;
  readonly file: string;
  readonly message: string;
  readonly entry?: string;
  /** Where the damage begins in the stored file, and the byte after it. */
  readonly offset?: number;
  readonly endOffset?: number;
  /** Where in the unpacked bytes it was noticed. */
  readonly decodedOffset?: number;
  readonly expected?: string;
  readonly actual?: string;
  readonly consequences?: readonly Finding[];
}

/** How old the newest sound point of a set may be; null: nobody has said. */
export function rpoSecondsOf({ external, staleAfterSeconds }: BackupSet): number | null {
  return external?.rpoSeconds ?? staleAfterSeconds;
}

/** Seconds since an instant. */
export function ageSeconds(at: string): number {
  return Math.max(0, (Date.now() - Date.parse(at)) / 1000);
}

/** The longest that damage can hide: what the policy lets happen where there is one, else what could have been until now. */
export function longestUnseenSeconds({ unseenSeconds, unseenSecondsMax }: Exposure): number {
  return unseenSecondsMax ?? unseenSeconds;
}
