/** Control characters (C0, DEL, C1): no honest archive needs them in a name, and they rewrite terminals and lists. */
const CONTROL = /\p{Cc}/u;

const LEADS_UP = /(^|\/)\.\.(\/|$)/;

/**
 * Why unpacking an entry of this name would be dangerous; undefined when it would not. The name is judged as it
 * stands in the archive, whatever an unpacker would make of it.
 */
export function hostileName(path: string): string | undefined {
  if (CONTROL.test(path) && !path.includes('\0')) return 'its name holds control characters';
  return hostilePlace(path);
}

/** The same of a name that may hold any character: where it would be unpacked. */
export function hostilePlace(path: string): string | undefined {
  if (path.includes('\0')) return 'its name holds a NUL';
  if (path.startsWith('/')) return 'its name is absolute';
  if (LEADS_UP.test(path)) return 'its name leads out of the directory';
  return undefined;
}

/** Why a link at `path` to `target` would be dangerous; undefined when it stays inside the directory. */
export function hostileLink(path: string, target: string, type: 'symlink' | 'hardlink'): string | undefined {
  if (target === '') return 'it is a link to nothing';
  if (CONTROL.test(target)) return 'its target holds control characters';
  if (target.startsWith('/')) return 'it is a link to an absolute path';
  // A hard link's target counts from the root of the archive, a symbolic link's from the link's own directory.
  let depth = type === 'hardlink' ? 0 : normalName(path).split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return 'it is a link out of the directory';
  }
  return undefined;
}

/** The name in the one form in which names are compared: without `.` and empty parts, and no slash at the end. */
export function normalName(path: string): string {
  if (!NEEDS_NORMALISING.test(path)) return path;
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

const NEEDS_NORMALISING = /(^|\/)(\.?)(\/|$)/;

/** Every directory above a normal name, outermost first. */
export function directoriesAbove(name: string): string[] {
  const above: string[] = [];
  for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1))
    above.push(name.slice(0, slash));
  return above;
}
