import { TextDecoder } from 'node:util';
import type { FindingKind } from './finding.ts';
import { hostileName } from './tar-name.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const GB18030 = new TextDecoder('gb18030', { fatal: true });

/** Code page 437 from 0x80 on: what a name is in that has no other mark (APPNOTE.TXT, appendix D). */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/**
 * The name that these bytes stand for. Info-ZIP writes UTF-8 without saying so, Windows its own code page: GB18030 is tried
 * before code page 437, since its second bytes may look like a backslash.
 */
export function decodeZipName(bytes: Buffer): string {
  const plain = bytes.toString('latin1');
  if (!NOT_ASCII.test(plain)) return plain;
  return (
    decoded(UTF8, bytes) ??
    decoded(GB18030, bytes) ??
    plain.replaceAll(HIGH, (char) => CP437.charAt(char.charCodeAt(0) - 0x80))
  );
}

const NOT_ASCII = /[\x80-\xff]/;
const HIGH = /[\x80-\xff]/g;

function decoded(decoder: TextDecoder, bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether the name stands for a directory. */
export function isDirectoryName(name: string): boolean {
  return name.endsWith('/') || name.endsWith('\\');
}

/** What is wrong with the name of an entry; undefined when nothing is. */
export function zipNameObjection(
  name: string,
): { readonly kind: Extract<FindingKind, 'hostile' | 'suspect'>; readonly why: string } | undefined {
  if (name === '') return { kind: 'hostile', why: 'its name is empty' };
  // Every directory leads out of nothing and is written with a slash at its end: most names end here.
  const why = hostileName(name);
  if (why !== undefined) return { kind: 'hostile', why };
  if (DRIVE.test(name)) return { kind: 'hostile', why: 'its name begins with the letter of a drive' };
  if (!name.includes('\\')) return undefined;
  const onWindows = hostileName(name.replaceAll('\\', '/'));
  if (onWindows !== undefined) return { kind: 'hostile', why: `${onWindows} where a backslash parts directories` };
  return { kind: 'suspect', why: 'its name holds a backslash: one name on some systems, a path on others' };
}

const DRIVE = /^[A-Za-z]:/;
