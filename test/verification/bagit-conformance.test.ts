import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyBag } from '../../src/verification/bagit.ts';
import { VERDICT_OF_KIND } from '../../src/verification/finding.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { sharedData } from './support/shared-data.ts';

const corpus = sharedData('corpora', 'bagit-conformance');

const directoriesIn = (path: string) => readdirSync(path).filter((name) => statSync(join(path, name)).isDirectory());

/** Version, verdict and name of every bag of the conformance suite of the Library of Congress. */
const bags = (corpus === undefined ? [] : directoriesIn(corpus).filter((name) => name.startsWith('v'))).flatMap(
  (version) =>
    directoriesIn(join(corpus ?? '', version)).flatMap((verdict) =>
      directoriesIn(join(corpus ?? '', version, verdict)).map((name) => [version, verdict, name] as const),
    ),
);

// Bags with a warning are valid; what is told of them must not be worse than suspect. The directories for one operating
// system hold bags that harm there: a path that leads out of the bag on any system is hostile on all.
describe.skipIf(corpus === undefined)('the BagIt conformance suite', () => {
  test.each(bags)('%s: %s %s', async (version, verdict, name) => {
    const bag = join(corpus ?? '', version, verdict, name);
    const { findings, notes, filesChecked } = await verifyBag(bag, { limits: DEFAULT_LIMITS });
    const verdicts = findings.map(({ kind }) => VERDICT_OF_KIND[kind]);
    expect(filesChecked).toBeGreaterThan(0);
    if (verdict === 'valid') expect(findings).toEqual([]);
    else if (verdict === 'warning') {
      expect(new Set([...verdicts, 'suspect'])).toEqual(new Set(['suspect']));
      expect(findings.length + notes.length).toBeGreaterThan(0);
    } else if (verdict === 'invalid') expect(findings).not.toEqual([]);
    else expect(verdicts).toContain('hostile');
  });
});
