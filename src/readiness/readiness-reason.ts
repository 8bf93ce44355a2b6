import { STALE_CODES } from '../backups/external/freshness.ts';

/** Every reason why a service is not ready, or why nobody can say. */
export const REASON_CODES = [
  'no-drill',
  'never-run',
  'drill-cannot-run',
  'drill-failed',
  'resources-missing',
  'resources-not-assessed',
  'definition-changed',
  'targets-changed',
  'example-targets',
  'proof-too-old',
  'no-backup-set',
  'unknown-backup-set',
  'backup-set-retired',
  ...STALE_CODES,
  'rpo-target-exceeded',
  'spare-short',
  'spare-only-in-reserve',
  'spare-unknown',
  'seat-short',
  'seat-only-in-reserve',
  'seat-unknown',
  'skill-missing',
  'skill-unknown',
] as const;

export type ReasonCode = (typeof REASON_CODES)[number];

/** What a reason leads to. */
export const LINK_KINDS = ['service', 'drill', 'drill-run', 'sla-policy', 'backup-set', 'part', 'product'] as const;

type LinkKind = (typeof LINK_KINDS)[number];

export const REASON_SUBJECTS = ['proof', 'recovery-points', 'resources'] as const;

/** One reason why a service is not ready, or why nobody can say. */
export interface ReadinessReason {
  readonly code: ReasonCode;
  readonly effect: 'not-ready' | 'not-assessed';
  /** Which part of the answer it belongs to. */
  readonly about: (typeof REASON_SUBJECTS)[number];
  /** A sentence for people; it names figures. */
  readonly message: string;
  /** What the sentence names, for whoever says it in another language; of a proof only its drill. */
  readonly values: Readonly<Record<string, string | number>>;
  /** A drill's id is its name, that of the policy its version. */
  readonly link: { readonly kind: LinkKind; readonly id: string };
}
