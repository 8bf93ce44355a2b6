import { hostileName } from './tar-name.ts';

/** A drive or a share of Windows: absolute there. */
const WINDOWS_ABSOLUTE = /^([A-Za-z]:[\\/]|\\\\)/;

/**
 * Why a name must not stand in a list of files; undefined when it may. `mayBreakLines` says that the list wrote the name
 * with its line breaks escaped, so that they could not break the list itself.
 */
export function hostileListedName(name: string, mayBreakLines: boolean): string | undefined {
  if (WINDOWS_ABSOLUTE.test(name)) return 'its name is absolute';
  return hostileName(mayBreakLines ? name.replaceAll(/[\r\n]/g, '') : name);
}
