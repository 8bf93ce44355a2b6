import { type BagDeclaration, isOfRfc } from './bagit-declaration.ts';
import { hostileListedName } from './listed-name.ts';
import { normalName } from './tar-name.ts';

/** A path as a tag file lists it. */
export interface BagPath {
  /** Relative to the bag, without `.` parts, percent-encoding undone as the bag's version has it. */
  readonly path: string;
  /** The same with the percent-encoding as it stands; the same text in most cases. */
  readonly literal: string;
  /** It was written with a `.` part, which bags should not have. */
  readonly isUntidy: boolean;
}

/** A home directory, or a variable of Windows: shells expand them. */
const EXPANDED = /^(~|%[A-Za-z_()0-9]+%[\\/])/;

/** The path that a tag file means, or a sentence's end that says why nobody may follow it. */
export function bagPathOf(listed: string, declaration: BagDeclaration): BagPath | { readonly hostile: string } {
  const why = EXPANDED.test(listed) ? 'a shell or Windows expands it' : hostileListedName(listed, false);
  if (why !== undefined) return { hostile: why };
  const decoded = undoPercent(listed, declaration);
  const whyDecoded = hostileListedName(decoded, true);
  if (whyDecoded !== undefined) return { hostile: whyDecoded };
  const literal = normalName(listed);
  return { path: normalName(decoded), literal, isUntidy: literal !== listed };
}

/**
 * Line breaks stand in lists as `%0A` and `%0D`. RFC 8493 (2.1.3) has the percent sign itself encoded too; in the drafts
 * before it stood for itself. All other sequences are what they are.
 */
function undoPercent(listed: string, declaration: BagDeclaration): string {
  if (!listed.includes('%')) return listed;
  const encoded = isOfRfc(declaration) ? /%(0A|0D|25)/gi : /%(0A|0D)/gi;
  return listed.replaceAll(encoded, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
