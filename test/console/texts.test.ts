import { describe, expect, test } from 'vitest';
import { AREAS, COMPONENTS, keysOf, placeholdersOf, untranslated } from './texts.ts';

/** Names that are the same in every language. */
const NAMES = new Set(['Muster']);

describe('the texts of the console', () => {
  test('are there in both languages, with the same placeholders', () => {
    expect(AREAS.length).toBeGreaterThan(5);
    for (const area of AREAS) {
      const [en, zh] = [`${area}/${area}.en.json`, `${area}/${area}.zh.json`];
      expect(keysOf(zh), zh).toEqual(keysOf(en));
      expect(placeholdersOf(zh), zh).toEqual(placeholdersOf(en));
    }
  });

  test('stand in the files of texts and nowhere else', () => {
    expect(COMPONENTS.length).toBeGreaterThan(10);
    const found = COMPONENTS.flatMap((file) => untranslated(file));
    expect(found.filter((line) => !NAMES.has(line.replace(/^\S+ /, '')))).toEqual([]);
  });

  test('are missed where a component says something itself', () => {
    const planted = `export const A = () => <p title="Heading">{'Words'} and more <b aria-label={"spoken"}>{t('key')}</b></p>;`;
    expect(untranslated('planted.tsx', planted)).toEqual([
      'planted.tsx:1 Heading',
      'planted.tsx:1 Words',
      'planted.tsx:1 and more',
      'planted.tsx:1 spoken',
    ]);
  });
});
