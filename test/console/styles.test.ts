import { expect, test } from 'vitest';
import { STYLE_SHEETS, sharedClasses } from './styles.ts';

test('each class of the console is styled by one file', () => {
  expect(STYLE_SHEETS.length).toBeGreaterThan(5);
  expect(sharedClasses(STYLE_SHEETS)).toEqual({});
});

test('a class that two files style is found, whatever stands around it', () => {
  const sheets = [
    ['a.css', '.figures { margin: 0 } .mark.bad { color: red }'],
    ['b.css', '@media (max-width: 40rem) { dl.figures > dt, .other { margin: 1px } } .x .bad { color: blue }'],
  ] as const;
  expect(sharedClasses(sheets)).toEqual({ figures: ['a.css', 'b.css'] });
});
