import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createXzDecoder } from '../../src/verification/xz-decoder.ts';
import { decodeWith, tool } from './support/decoding.ts';

const shared = process.env.MUSTER_SHARED_DIR ?? resolve(import.meta.dirname, '..', '..', '..', 'shared');
const directory = join(shared, 'corpora', 'xz');
const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.xz')) : [];

describe.skipIf(names.length === 0)('the test suite of xz', () => {
  test.each(names)('%s is judged as its name says', async (name) => {
    const stored = readFileSync(join(directory, name));
    for (const pieceBytes of [1, 1_048_576]) {
      const { decoded, problem } = await decodeWith(createXzDecoder, stored, { pieceBytes });
      if (name.startsWith('good')) {
        expect(problem).toBeUndefined();
        const expected = tool('xz', ['-dc'], stored);
        if (expected !== undefined) expect(decoded.equals(expected)).toBe(true);
      } else if (name.startsWith('unsupported')) expect(problem?.kind).toBe('unknown-format');
      else expect(['corrupt', 'truncated']).toContain(problem?.kind);
    }
  });
});
