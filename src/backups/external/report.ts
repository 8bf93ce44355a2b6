import { posix } from 'node:path';
import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { BYTES_MAX } from './external-set.ts';

export const REPORT_KINDS = ['start', 'success', 'fail'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** What a backup script says of its run. Whatever it does not say is undefined. */
export interface ReportedFacts {
  readonly name: string | undefined;
  readonly takenAt: Temporal.Instant | undefined;
  readonly sizeBytes: number | undefined;
  readonly sha256: string | undefined;
  readonly durationSeconds: number | undefined;
  readonly logExcerpt: string | undefined;
}

/** One report as it was received. */
export interface BackupReport {
  readonly id: string;
  readonly setId: string;
  readonly kind: ReportKind;
  readonly via: 'api' | 'ping';
  readonly receivedAt: Temporal.Instant;
  readonly pointName: string | undefined;
  readonly pointId: string | undefined;
  readonly digest: string | undefined;
  readonly sizeBytes: number | undefined;
  readonly durationSeconds: number | undefined;
  readonly logExcerpt: string | undefined;
  /** A success of 0 bytes is none. */
  readonly verdict: 'damaged' | undefined;
}

/** As much of a log is kept: its end, which says how it went. */
const LOG_CHARACTERS_MAX = 10_000;

/** Colours and the like: an escape character begins them. */
const TERMINAL_SEQUENCES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

/** What of a log is kept: neither colours nor other control characters, and no more than its end. */
export function logExcerptOf(text: string): string {
  const plain = text.replaceAll(TERMINAL_SEQUENCES, '').replaceAll(/[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069]/gu, '');
  return plain.toWellFormed().trim().slice(-LOG_CHARACTERS_MAX).toWellFormed();
}

const DURATION_SECONDS_MAX = 366 * 86_400;

/** What both ways of reporting take of a point. */
export const reportedFields = {
  name: z
    .string()
    .min(1)
    .max(4096)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { message: 'must not hold control characters' })
    .refine((text) => !text.startsWith('/') && posix.normalize(text) === text && !/^\.\.?(\/|$)|\/$/.test(text), {
      message: 'must be a path from the root of the repository, written plainly: no `.`, `..`, doubled or final slash',
    }),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256 of 64 hexadecimal digits')
    .toLowerCase(),
  sizeBytes: z.int().min(0).max(BYTES_MAX),
  durationSeconds: z.number().min(0).max(DURATION_SECONDS_MAX),
};

/** The registration of a point over the API. */
export const registrationSchema = z.strictObject({
  name: reportedFields.name
    .optional()
    .describe('Path of the point from the root of the repository; left out, only the success is noted'),
  takenAt: z.iso.datetime().optional().describe('The instant the data is from; when it is reported, unless stated'),
  sizeBytes: reportedFields.sizeBytes.optional().describe('Of all its files; with 0 it is damaged at once'),
  sha256: reportedFields.sha256
    .optional()
    .describe('Of its file; of several files, of the list "digest, two blanks, path, newline" sorted by path'),
  durationSeconds: reportedFields.durationSeconds.optional().describe('How long the backup took'),
  logExcerpt: z
    .string()
    .max(LOG_CHARACTERS_MAX)
    .transform(logExcerptOf)
    .optional()
    .describe('The end of its log; control characters are left out'),
});

export type Registration = z.output<typeof registrationSchema>;
