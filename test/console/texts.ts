import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

const CONSOLE = join(import.meta.dirname, '../../src/console');

/** Attributes whose values people see or hear. */
const SPOKEN = new Set(['title', 'label', 'placeholder', 'aria-label', 'alt', 'description', 'okText', 'cancelText']);

/** The key of each text of a file, nested ones joined by dots; plural forms count as the text that they are forms of. */
export function keysOf(file: string): string[] {
  const walk = (value: unknown, path: readonly string[]): string[] =>
    typeof value === 'string'
      ? [path.join('.')]
      : Object.entries(value as object).flatMap(([key, inner]) => walk(inner, [...path, key]));
  const keys = walk(JSON.parse(readFileSync(join(CONSOLE, file), 'utf8')), []);
  return [...new Set(keys.map((key) => key.replace(/_(one|other)$/, '')))].toSorted();
}

/** The placeholders of each text, by key: `{{count}}`. */
export function placeholdersOf(file: string): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value !== 'string') {
      for (const [key, inner] of Object.entries(value as object)) walk(inner, [...path, key]);
      return;
    }
    const key = path.join('.').replace(/_(one|other)$/, '');
    const found = [...value.matchAll(/\{\{\s*(\w+)[^}]*\}\}/g)].map((match) => match[1] ?? '');
    result[key] = [...new Set([...(result[key] ?? []), ...found])].toSorted();
  };
  walk(JSON.parse(readFileSync(join(CONSOLE, file), 'utf8')), []);
  return result;
}

/** The areas that have texts. */
export const AREAS = globSync('*/*.en.json', { cwd: CONSOLE }).map((file) => basename(file, '.en.json'));

/** Every component of the console. */
export const COMPONENTS = globSync('**/*.tsx', { cwd: CONSOLE });

/** What a component would show in one language only: words between tags, and in attributes that are read out or shown. */
export function untranslated(file: string, source = readFileSync(join(CONSOLE, file), 'utf8')): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const report = (node: ts.Node, text: string) => {
    if (!/\p{L}{2,}/u.test(text)) return;
    found.push(`${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${text.trim()}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) report(node, node.text);
    if (ts.isJsxExpression(node) && node.expression && ts.isStringLiteralLike(node.expression)) {
      if (ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent)) report(node, node.expression.text);
    }
    if (ts.isJsxAttribute(node) && SPOKEN.has(node.name.getText())) {
      const { initializer } = node;
      if (initializer && ts.isStringLiteral(initializer)) report(node, initializer.text);
      if (initializer && ts.isJsxExpression(initializer) && initializer.expression) {
        if (ts.isStringLiteralLike(initializer.expression)) report(node, initializer.expression.text);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
