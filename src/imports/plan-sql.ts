import {
  type ComparedKind,
  type ImportField,
  type ImportKind,
  type ImportRule,
  PLANNED,
  STAGED,
} from './import-kind.ts';

const name = (field: string) => `"${field}"`;
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * Makes a table of the cells of an import ($1) with a column for each field. A table of our own can be analysed: what the server
 * does not know the size of, it joins row by row.
 */
export function stagedStatements({ fields }: ImportKind): { readonly make: string; readonly fill: string } {
  const columns = fields.map((field, index) => `cells[${index + 1}] AS ${name(field.name)}`);
  const declared = fields.map((field) => `${name(field.name)} text`);
  return {
    make: `CREATE TEMP TABLE ${STAGED} (line integer PRIMARY KEY, read_problems jsonb, ${declared.join(', ')}) ON COMMIT DROP`,
    fill: `INSERT INTO ${STAGED} SELECT line, read_problems, ${columns.join(', ')} FROM import_line
      WHERE import_id = $1 AND line BETWEEN $2 AND $3`,
  };
}

/** Makes the table of what each line would do. */
export function plannedTable(kind: ImportKind): string {
  const columns = 'plan' in kind ? [] : plannedColumns(kind);
  return `CREATE TEMP TABLE ${PLANNED} (${[
    'line integer PRIMARY KEY',
    'outcome text NOT NULL',
    'subject_id uuid',
    'problems jsonb',
    'changes jsonb',
    ...columns,
  ].join(', ')}) ON COMMIT DROP`;
}

const plannedColumns = ({ fields, references }: ComparedKind) => [
  ...Object.keys(references).map((reference) => `${name(reference)} uuid`),
  ...fields.map((field) => `${name(field.name)} text`),
];

/**
 * Plans the lines between two numbers ($1 and $2, both included): what is there is compared with what they say. $3 has the
 * values of new things that no line states.
 */
export function planStatement(kind: ComparedKind): string {
  const { fields, references, joins, current, match } = kind;
  const referenced = Object.entries(references);
  const names = [...referenced.map(([column]) => name(column)), ...fields.map((field) => name(field.name))];
  return `INSERT INTO ${PLANNED} (line, outcome, subject_id, problems, changes, ${names.join(', ')})
    SELECT line, CASE WHEN problems IS NOT NULL THEN 'error' WHEN id IS NULL THEN 'create' WHEN changes IS NULL THEN 'unchanged'
        ELSE 'update' END, coalesce(id, new_id()), problems, changes, ${names.join(', ')}
    FROM (
      SELECT s.line, c.id, ${problemsOf(kind)} AS problems, CASE WHEN d.is_changed THEN ${changesOf(kind)} END AS changes,
        ${referenced.map(([column, sql]) => `${sql} AS ${name(column)},`).join(' ')} v.*
      FROM ${STAGED} s ${joins}
      LEFT JOIN (${current}) c ON ${match}
      CROSS JOIN LATERAL (SELECT ${fields.map((field) => `${meantBy(kind, field)} AS ${name(field.name)}`).join(', ')} OFFSET 0) v
      CROSS JOIN LATERAL (SELECT c.id IS NOT NULL AND (${differing(fields)}) AS is_changed,
        c.id IS NULL OR ${differing(fields)} AS is_changed_or_new OFFSET 0) d
      WHERE s.line BETWEEN $1 AND $2 OFFSET 0
    ) judged`;
}

/** Marks every line that repeats what an earlier one has. */
export function repeatedStatements({ unique }: ImportKind): string[] {
  return unique.map(
    ({ field, by }) => `UPDATE ${PLANNED} p SET outcome = 'error', problems = coalesce(p.problems, '[]')
        || jsonb_build_array(jsonb_build_object('field', ${literal(field)}, 'message', 'is there twice, first in line ' || r.first))
      FROM (SELECT line, min(line) OVER (PARTITION BY ${by}) AS first FROM ${STAGED} s
            WHERE (${by}) IS NOT NULL) r
      WHERE r.line > r.first AND p.line = r.line`,
  );
}

/** What a field of the thing would be, as a cell would say it. A thing is not renamed by what it is found by. */
function meantBy({ canonical }: ComparedKind, field: ImportField): string {
  const column = name(field.name);
  const said = `nullif(${canonical?.[field.name] ?? `s.${column}`}, '')`;
  if (field.isKey) return `CASE WHEN c.id IS NOT NULL THEN c.${column} ELSE ${said} END`;
  return `CASE WHEN s.${column} IS NOT NULL THEN ${said} WHEN c.id IS NULL
    THEN coalesce($3::jsonb ->> ${literal(field.name)}, ${field.initial ?? 'NULL'}) ELSE c.${column} END`;
}

function differing(fields: readonly ImportField[]): string {
  return fields.map((field) => `v.${name(field.name)} IS DISTINCT FROM c.${name(field.name)}`).join(' OR ');
}

function changesOf({ fields }: ImportKind): string {
  const values = fields.map((field) => `(${literal(field.name)}, c.${name(field.name)}, v.${name(field.name)})`);
  return `(SELECT jsonb_agg(jsonb_build_object('field', f, 'before', b, 'after', a)) FROM (VALUES ${values.join(', ')})
    AS x (f, b, a) WHERE b IS DISTINCT FROM a)`;
}

function problemsOf(kind: ComparedKind): string {
  const found = [...generalRules(kind), ...kind.rules].map(
    ({ field, when, message }) =>
      `CASE WHEN ${when} THEN jsonb_build_object('field', ${literal(field)}, 'message', ${message}) END`,
  );
  return `nullif(coalesce(s.read_problems, '[]') || to_jsonb(array_remove(ARRAY[${found.join(', ')}]::jsonb[], NULL)), '[]')`;
}

/** What follows from the declaration of the fields. A line that could not be read is not asked for what it lacks. */
function generalRules({ fields, noun }: ImportKind): ImportRule[] {
  return fields.flatMap(({ name: field, isRequired, isFixed }): ImportRule[] => [
    ...(isRequired
      ? [
          {
            field,
            when: `s.read_problems IS NULL AND c.id IS NULL AND v.${name(field)} IS NULL`,
            message: literal(`must be stated for a new ${noun}`),
          },
        ]
      : []),
    ...(isFixed
      ? [
          {
            field,
            when: `c.id IS NOT NULL AND v.${name(field)} IS DISTINCT FROM c.${name(field)}`,
            message: `'cannot be changed by an import: it is ' || coalesce(c.${name(field)}, 'not known')`,
          },
        ]
      : []),
  ]);
}
