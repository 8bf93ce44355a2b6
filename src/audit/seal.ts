import { createHmac, type KeyObject } from 'node:crypto';

/** An audit entry as text, exactly as PostgreSQL holds it: what an entry's code covers. */
export interface EntryText {
  readonly id: string;
  /** Microseconds since 1970, so that neither a time zone nor a rounded millisecond stands between two readings. */
  readonly occurred_at_micros: string;
  readonly xact_id: string;
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  /** PostgreSQL's own text of the jsonb: keys in its order, numbers with every digit. */
  readonly details: string;
  readonly request_id: string | null;
}

/** One link of the chain as text. `previous_mac` is null for the first. */
export interface SealText {
  readonly seq: string;
  readonly entry_id: string;
  readonly sealed_at_micros: string;
  readonly key_id: string;
  readonly cluster_id: string;
  readonly resume_xact_id: string;
  readonly resume_entry_id: string;
  readonly entry_mac: string;
  readonly previous_mac: string | null;
}

/** The columns of {@link EntryText}, for `audit_entry e`. */
export const ENTRY_COLUMNS = `
  e.id::text AS id, (extract(epoch FROM e.occurred_at) * 1000000)::bigint::text AS occurred_at_micros,
  e.xact_id::text AS xact_id, e.actor_id::text AS actor_id, e.actor_name, e.action, e.subject_kind, e.subject_id,
  e.details::text AS details, e.request_id`;

/**
 * The code of one entry: HMAC-SHA-256 (RFC 2104), hexadecimal. It stands beside the chain's code instead of inside it
 * alone, so that an edited entry is told apart from an edited seal and the chain can be followed past a deleted entry.
 */
export function entryMac(sealKey: KeyObject, entry: EntryText): string {
  return macOf(sealKey, 'muster.audit.entry/1', [
    entry.id,
    entry.occurred_at_micros,
    entry.xact_id,
    entry.actor_id,
    entry.actor_name,
    entry.action,
    entry.subject_kind,
    entry.subject_id,
    entry.details,
    entry.request_id,
  ]);
}

/** The code of one link, which holds its predecessor's: whoever changes a link must change all that follow. */
export function chainMac(sealKey: KeyObject, seal: SealText): string {
  return macOf(sealKey, 'muster.audit.seal/1', [
    seal.seq,
    seal.previous_mac,
    seal.entry_id,
    seal.entry_mac,
    seal.sealed_at_micros,
    seal.key_id,
    seal.cluster_id,
    seal.resume_xact_id,
    seal.resume_entry_id,
  ]);
}

// A JSON array of strings has one reading only: no two different lists of fields give the same bytes.
function macOf(sealKey: KeyObject, purpose: string, fields: readonly (string | null)[]): string {
  return createHmac('sha256', sealKey)
    .update(`${purpose}\n${JSON.stringify(fields)}`)
    .digest('hex');
}
