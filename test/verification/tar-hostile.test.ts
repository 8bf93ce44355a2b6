import { describe, expect, test } from 'vitest';
import { paxEntry, tarOf } from './support/tar-making.ts';
import { walk } from './support/walking.ts';

describe('a hostile archive', () => {
  const kindsOf = (tar: Buffer) => walk(tar).findings.map(({ kind }) => kind);
  const negative = Buffer.alloc(12, 0xff);

  const hostile: Readonly<Record<string, Buffer>> = {
    'an absolute name': tarOf({ path: '/etc/passwd' }),
    'a name that leads out': tarOf({ path: 'a/../../b' }),
    'a name that leads out by a pax record': tarOf(paxEntry({ path: '../b' }), { path: 'b' }),
    'a name with a NUL': tarOf(paxEntry({ path: 'a\0b' }), { path: 'b' }),
    'a name with an escape sequence': tarOf({ path: 'a\u001b[2Jb' }),
    'a name longer than any file system takes': tarOf(paxEntry({ path: 'x/'.repeat(3000) }), { path: 'b' }),
    'a symbolic link to an absolute path': tarOf({ path: 'l', typeflag: '2', target: '/etc' }),
    'a symbolic link out of the tree': tarOf({ path: 'a/l', typeflag: '2', target: '../../b' }),
    'a hard link out of the tree': tarOf({ path: 'a/b/l', typeflag: '1', target: '../x' }),
    'a path through a link of its own': tarOf({ path: 'a', typeflag: '2', target: 'b' }, { path: 'a/f', data: 'x' }),
    'a character device': tarOf({ path: 'null', typeflag: '3' }),
    'a block device': tarOf({ path: 'sda', typeflag: '4' }),
    'a named pipe': tarOf({ path: 'p', typeflag: '6' }),
    'a name that stands twice': tarOf({ path: 'a', data: '1' }, { path: './a', data: '2' }),
    'a file in place of a directory': tarOf({ path: 'a/', typeflag: '5' }, { path: 'a', data: '2' }),
    'a negative size': tarOf({ path: 'a', sizeField: negative }),
  };
  for (const [what, tar] of Object.entries(hostile)) {
    test(`with ${what} is called hostile, once`, () => {
      expect(kindsOf(tar).filter((kind) => kind === 'hostile')).toEqual(['hostile']);
    });
  }

  test('with more entries than the limit is called hostile and left', () => {
    const many = tarOf(...Array.from({ length: 20 }, (_, index) => ({ path: `f${index}` })));
    const result = walk(many, { limits: { entriesMax: 10, nameBytesMax: 100 } });
    expect(result.findings).toMatchObject([{ kind: 'hostile' }]);
    expect(result.entries).toBe(10);
  });

  test('with thousands of bad names gives a bounded list', () => {
    const many = tarOf(...Array.from({ length: 2000 }, (_, index) => ({ path: `/f${index}` })));
    const { findings } = walk(many);
    expect(findings.length).toBeLessThan(30);
    expect(findings.at(-1)?.message).toBe('and 1980 more findings of the kind hostile');
  });

  test('with links that stay inside, and a directory that is listed twice, has no finding', () => {
    const tar = tarOf(
      { path: 'd/', typeflag: '5' },
      { path: 'd/f', data: 'x' },
      { path: 'd/', typeflag: '5' },
      { path: 'd/up', typeflag: '2', target: '../d/f' },
      { path: 'hard', typeflag: '1', target: 'd/f' },
    );
    expect(walk(tar).findings).toEqual([]);
  });

  test('with an entry of an unknown type cannot be vouched for', () => {
    expect(kindsOf(tarOf({ path: 'q', typeflag: 'Q' }))).toEqual(['unknown-format']);
  });

  test('never puts a control character into a message', () => {
    const { findings } = walk(tarOf({ path: 'a\u001b[31m\u202eb' }));
    expect(findings[0]?.message).toBe('a\\x1b[31m\\u202eb: its name holds control characters.');
  });
});
