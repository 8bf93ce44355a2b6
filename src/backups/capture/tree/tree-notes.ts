import { printable } from '../../../verification/finding.ts';

/**
 * What can befall a name of a tree while it is packed. `changed`: its content moved all the time, so what is stored may be of no
 * one instant. `vanished`: it was listed, and was gone (or something else) when its turn came. `unreadable`: it, or a part of it,
 * could not be read. `left-out`: on purpose: sockets, other file systems, what is Muster's own.
 */
export const NOTE_KINDS = ['changed', 'vanished', 'unreadable', 'left-out'] as const;

export type NoteKind = (typeof NOTE_KINDS)[number];

/** What befell some names while a source was captured. */
export interface CaptureNote {
  readonly kind: NoteKind;
  readonly count: number;
  /** The first of them. Bytes that are not UTF-8 and control characters stand as `\xHH`. */
  readonly names: readonly { readonly name: string; readonly why?: string }[];
}

/** Names that are kept of each kind; the others are counted. */
const NAMES_MAX = 20;

/** Codes with which the system says that a name is not there any more, or that another kind of thing is. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EINVAL']);

/** Gathers what befell the names of a tree. */
export class TreeNotes {
  /** Names that a pattern of the set leaves out, with all that is below them. */
  excludedCount = 0;
  readonly #notes = new Map<NoteKind, { count: number; readonly names: { name: string; why?: string }[] }>();

  add(kind: NoteKind, path: string, why?: string): void {
    const note = this.#notes.get(kind) ?? { count: 0, names: [] };
    this.#notes.set(kind, note);
    note.count += 1;
    if (note.names.length < NAMES_MAX)
      note.names.push({ name: printable(path), ...(why === undefined ? {} : { why }) });
  }

  /** Notes why the system did not give a name: it is gone, or cannot be read. */
  addFailure(path: string, thrown: unknown): void {
    const code = codeOf(thrown);
    if (GONE.has(code)) this.add('vanished', path);
    else this.add('unreadable', path, code);
  }

  count(kind: NoteKind): number {
    return this.#notes.get(kind)?.count ?? 0;
  }

  /** What there is to say, in the order of the kinds. */
  all(): CaptureNote[] {
    return NOTE_KINDS.flatMap((kind) => {
      const note = this.#notes.get(kind);
      return note === undefined ? [] : [{ kind, ...note }];
    });
  }
}

/** @throws what is no error of the system. */
function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw thrown;
  return code;
}
