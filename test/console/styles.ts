import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CONSOLE = join(import.meta.dirname, '../../src/console');

/** Every style sheet of the console with its text. */
export const STYLE_SHEETS: readonly (readonly [file: string, text: string])[] = globSync('**/*.css', {
  cwd: CONSOLE,
}).map((file) => [file, readFileSync(join(CONSOLE, file), 'utf8')] as const);

/**
 * The classes that rules of more than one file begin with, each with those files. Style sheets stay where they were loaded, so the
 * second of two that mean different things by one name changes the pages of the first.
 */
export function sharedClasses(sheets: readonly (readonly [file: string, text: string])[]): Record<string, string[]> {
  const owners = new Map<string, Set<string>>();
  for (const [file, text] of sheets) {
    const rules = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/@[\w-]+[^{;]*\{/g, '');
    for (const [, selectors = ''] of rules.matchAll(/([^{}]+)\{/g)) {
      for (const selector of selectors.split(',')) {
        const name = /^\s*[a-z]*\.([a-zA-Z][\w-]*)/.exec(selector)?.[1];
        if (name) owners.set(name, (owners.get(name) ?? new Set()).add(file));
      }
    }
  }
  const shared = [...owners].filter(([, files]) => files.size > 1);
  return Object.fromEntries(shared.map(([name, files]) => [name, [...files].toSorted()]));
}
