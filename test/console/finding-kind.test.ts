import { expect, test } from 'vitest';
import { VERDICT_OF_FINDING } from '../../src/console/backups/verdict-of-finding.ts';
import { VERDICT_OF_KIND } from '../../src/verification/finding.ts';

test('the console knows each kind of finding by the verdict that the server gives it', () => {
  expect(VERDICT_OF_FINDING).toEqual(VERDICT_OF_KIND);
});
