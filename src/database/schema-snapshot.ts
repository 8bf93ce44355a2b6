import { SERVICE_ROLE } from './roles.ts';

/** Asks the connected database one thing. */
export type Ask = <Row>(sql: string) => Promise<Row[]>;

interface Line {
  readonly owner: string;
  readonly line: string;
}

/** Each query answers lines that belong to one table; together they are all that migrations can change about it. */
const TABLE_PARTS: readonly string[] = [
  `SELECT c.relname AS owner,
          format('  %s %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
                 CASE WHEN a.attidentity <> '' THEN ' IDENTITY' WHEN a.attgenerated <> '' THEN ' GENERATED' ELSE '' END,
                 coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')) AS line
     FROM pg_attribute a
     JOIN pg_class c ON c.oid = a.attrelid
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum`,
  // From 18 on NOT NULL is a constraint with a row of its own; the columns above say it already.
  `SELECT conrelid::regclass::text AS owner, format('  constraint %s %s', conname, pg_get_constraintdef(oid)) AS line
     FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
    ORDER BY 1, conname`,
  `SELECT indrelid::regclass::text AS owner, '  index ' || pg_get_indexdef(indexrelid) AS line
     FROM pg_index JOIN pg_class c ON c.oid = indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
    ORDER BY 1, c.relname`,
  `SELECT tgrelid::regclass::text AS owner, format('  trigger (%s) %s', tgenabled, pg_get_triggerdef(t.oid)) AS line
     FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT tgisinternal
    ORDER BY 1, tgname`,
  `SELECT c.relname AS owner, '  ${SERVICE_ROLE} may ' || string_agg(lower(p.privilege_type), ', ' ORDER BY p.privilege_type) AS line
     FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) p
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND p.grantee::regrole::text = '${SERVICE_ROLE}'
    GROUP BY c.relname ORDER BY 1`,
];

/**
 * The schema of the connected database as text, one fact a line in a stable order: tables, columns, constraints, indexes,
 * triggers, what the service's role may do, and functions. Read from pg_catalog, so it sees what an ORM's drift check
 * misses (partial-index predicates, CHECK expressions, stray tables). The job queue's own schema is left out.
 */
export async function snapshotSchema(ask: Ask): Promise<string> {
  const tables = await ask<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') ORDER BY 1`,
  );
  const parts: Line[] = [];
  for (const sql of TABLE_PARTS) parts.push(...(await ask<Line>(sql)));
  const text = tables.flatMap(({ name }) => [
    `table ${name}`,
    ...parts.filter((part) => part.owner.replaceAll('"', '') === name).map((part) => part.line),
    '',
  ]);
  const functions = await ask<{ line: string }>(
    `SELECT pg_get_functiondef(oid) AS line FROM pg_proc p
      WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
      ORDER BY proname, pg_get_function_identity_arguments(oid)`,
  );
  return `${[...text, ...functions.map(({ line }) => line.trimEnd())].join('\n')}\n`;
}
