import type { FindingList } from './audit-finding.ts';
import type { AuditKeys } from './audit-keys.ts';
import type { SealedRow } from './audit-verification.queries.ts';
import { chainMac, entryMac } from './seal.ts';

/** The seal that was read before: what the next one must follow. */
export interface ChainPosition {
  readonly seq: string;
  readonly mac: string | null;
}

/** Before the first seal. */
export const CHAIN_START: ChainPosition = { seq: '0', mac: null };

/**
 * Checks one seal against its predecessor, its key and its entry. A gap is one finding, and what follows it is judged by
 * its own entry's code alone, since the code it was linked to is gone.
 */
export function checkSeal(row: SealedRow, previous: ChainPosition, keys: AuditKeys, findings: FindingList): void {
  const { seq } = row;
  const expectedSeq = BigInt(previous.seq) + 1n;
  const gap = BigInt(seq) !== expectedSeq;
  if (gap) {
    const message = `Seals ${expectedSeq} to ${BigInt(seq) - 1n} are missing`;
    findings.add({ kind: 'seals-missing', seq: String(expectedSeq), message });
  }
  if (row.key_id !== keys.sealKeyId) {
    const message = `Seal ${seq} was made with key ${row.key_id}; the key at hand is ${keys.sealKeyId}`;
    findings.add({ kind: 'seal-key-unknown', seq, message });
    return;
  }
  if (!gap && chainMac(keys.sealKey, { ...row, previous_mac: previous.mac }) !== row.chain_mac) {
    findings.add({ kind: 'seal-edited', seq, message: `Seal ${seq} of entry ${row.entry_id} was changed` });
    return;
  }
  checkEntry(row, keys, findings);
}

function checkEntry(row: SealedRow, keys: AuditKeys, findings: FindingList): void {
  const { seq, entry, entry_id: entryId } = row;
  if (!entry) {
    findings.add({ kind: 'entry-deleted', seq, entryId, message: `Entry ${entryId}, sealed as ${seq}, was deleted` });
  } else if (entryMac(keys.sealKey, entry) !== row.entry_mac) {
    const message = `Entry ${entryId} (${entry.action}), sealed as ${seq}, was edited`;
    findings.add({ kind: 'entry-edited', seq, entryId, message });
  }
}
