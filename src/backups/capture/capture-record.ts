import type { CaptureSource } from './captured-set.ts';

/** What a captured point says of itself (`record.json`, covered by the signed manifest). */
export interface CaptureRecord {
  readonly format: 'muster-capture/1';
  readonly set: string;
  /** The point's own name: its directory's. */
  readonly name: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** The instant the data is from. */
  readonly takenAt: string;
  readonly source: CaptureSource;
  /** age recipients; empty: it is not encrypted. */
  readonly recipients: readonly string[];
  /** What the source was found to be. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The record, its text, and what the manifest says of the point. */
export function draftCapture(content: Omit<CaptureRecord, 'format'>) {
  const record: CaptureRecord = { format: 'muster-capture/1', ...content };
  const { set, name, source, takenAt } = record;
  return {
    record,
    recordText: `${JSON.stringify(record, null, 2)}\n`,
    attributes: { set, point: name, method: source.type, takenAt },
  };
}
