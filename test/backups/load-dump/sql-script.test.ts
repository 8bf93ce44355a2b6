import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readScript } from '../../../src/backups/load-dump/sql-script.ts';
import { isWholeCommand } from '../../../src/backups/load-dump/whole-command.ts';
import { useDirectories } from '../../verification/support/temporary-directory.ts';

const newDirectory = useDirectories();

/** The parts of a script, rows put together, read in pieces of so many bytes. */
async function partsOf(text: string, pieceBytes: number): Promise<string[]> {
  const path = join(await newDirectory(), 'script.sql');
  writeFileSync(path, text);
  const parts: string[] = [];
  let rows = '';
  for await (const part of readScript(path, { pieceBytes })) {
    if (part.kind === 'rows') rows += part.bytes.toString();
    else if (part.kind === 'rows-end') parts.push(`${part.line} rows ${JSON.stringify(rows)}`);
    else parts.push(`${part.line} ${part.kind} ${'text' in part ? part.text : part.message}`);
    if (part.kind === 'copy') rows = '';
  }
  return parts;
}

const SCRIPT = `-- PostgreSQL database dump
\\restrict abc
SET standard_conforming_strings = on;

CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$
  SELECT 'a;b'; -- no end;
$_$;
CREATE FUNCTION g(a int) RETURNS int LANGUAGE sql
    BEGIN ATOMIC
 SELECT CASE WHEN (g.a > 1) THEN 2 ELSE 3 END;
 SELECT 4;
END;
CREATE RULE r AS ON INSERT TO t DO INSTEAD (
  DELETE FROM t; SELECT ';)';
);
COPY public.t (a, b) FROM stdin;
1\tone
2\ttwo \\\\. three
\\.

INSERT INTO t VALUES ('it''s;', E'\\';');
/* a comment;
*/
\\unrestrict abc
-- PostgreSQL database dump complete
--
`;

describe('a script is parted as psql would part it', () => {
  test.for([1_000_000, 64, 7, 1])('whatever the pieces are that it comes in: %s bytes', async (pieceBytes) => {
    expect(await partsOf(SCRIPT, pieceBytes)).toEqual([
      '2 meta \\restrict abc',
      '3 command SET standard_conforming_strings = on;',
      "5 command CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$\n  SELECT 'a;b'; -- no end;\n$_$;",
      '8 command CREATE FUNCTION g(a int) RETURNS int LANGUAGE sql\n    BEGIN ATOMIC\n SELECT CASE WHEN (g.a > 1) THEN 2 ELSE 3 END;\n SELECT 4;\nEND;',
      "13 command CREATE RULE r AS ON INSERT TO t DO INSTEAD (\n  DELETE FROM t; SELECT ';)';\n);",
      '16 copy COPY public.t (a, b) FROM stdin;',
      `20 rows ${JSON.stringify('1\tone\n2\ttwo \\\\. three\n\\.\n')}`,
      "21 command INSERT INTO t VALUES ('it''s;', E'\\';');",
      '24 meta \\unrestrict abc',
    ]);
  });

  test.for([
    {
      name: 'in the rows of a table',
      text: 'COPY t (a) FROM stdin;\n1\n2\n',
      says: /ends inside the data of t, behind row 2/,
    },
    { name: 'in a command', text: 'SELECT 1;\nINSERT INTO t VALUES (1', says: /ends inside a command/ },
    { name: 'in a string', text: "SELECT 'half", says: /ends inside a string/ },
    {
      name: 'in the body of a function',
      text: 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;\n',
      says: /ends inside a command/,
    },
    {
      name: 'before the last line of pg_dump',
      text: '--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n',
      says: /lacks its last lines/,
    },
  ])('one that ends $name is broken', async ({ text, says }) => {
    for (const pieceBytes of [1_000_000, 3]) {
      expect((await partsOf(text, pieceBytes)).at(-1)).toMatch(says);
    }
  });

  test('one that pg_dump did not write needs no last line', async () => {
    expect(await partsOf('SELECT 1;\nSELECT 2;\n', 4)).toEqual(['1 command SELECT 1;', '2 command SELECT 2;']);
  });
});

test('only a function with a body in SQL, or a rule, goes on behind a semicolon', () => {
  expect(isWholeCommand('CREATE TABLE begin (x int);')).toBe(true);
  expect(isWholeCommand('CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ begin $$;')).toBe(true);
  expect(isWholeCommand('CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1;')).toBe(false);
  expect(isWholeCommand('CREATE RULE r AS ON DELETE TO t DO (SELECT 1;')).toBe(false);
});
