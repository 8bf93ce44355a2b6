import type { Temporal } from 'temporal-polyfill';

/** `file`: each matching file is a point. `files`: all files of one time are one. `directory`: each matching directory is one. */
export const LAYOUTS = ['file', 'files', 'directory'] as const;

/** Where the instant of a point's data is read: in its name, in a manifest inside, or from the time of its last change. */
export const TIME_SOURCES = ['name', 'manifest', 'mtime'] as const;

/** Who says what the bytes must be: a list or manifest beside them, whoever registers the point, or nobody. */
export const DIGEST_SOURCES = ['manifest', 'api', 'none'] as const;

/** What is known of the backups that another tool makes: how to find them, how old they may be, how often they are read. */
export interface ExternalDefinition {
  /** Path from the repository's root, with `*`, `?`, `**` and the time as `date` writes it: `db/app-%Y%m%d.dump`. */
  readonly pattern: string;
  readonly layout: (typeof LAYOUTS)[number];
  readonly timeSource: (typeof TIME_SOURCES)[number];
  /** IANA name: times in names, the schedule and the daily window are read in it. */
  readonly zone: string;
  /** When a backup is expected, and how much later it may be there. */
  readonly schedule: { readonly cron: string; readonly graceSeconds: number } | undefined;
  /** Of the data: without a sound point younger than this, the set is stale. */
  readonly rpoSeconds: number | undefined;
  /** As a check names it (`tar.gz`, `pg-custom`); another one is a finding. */
  readonly expectedFormat: string | undefined;
  readonly digestSource: (typeof DIGEST_SOURCES)[number];
  /** A point of fewer bytes is damaged. */
  readonly minimumBytes: number | undefined;
  /** A point is taken for whole once it stood still for so long. */
  readonly settleSeconds: number;
  /** Every point is read in full at least this often; undefined: only on arrival and on demand. */
  readonly fullReadDays: number | undefined;
  /** Full reads begin in it only, every day; `22:00` to `06:00` spans midnight. */
  readonly window: { readonly from: string; readonly until: string } | undefined;
  readonly description: string;
  readonly owner: { readonly id: string; readonly kind: 'person' | 'team'; readonly name: string };
  /** When discovery last listed its points. */
  readonly listedAt: Temporal.Instant | undefined;
}
