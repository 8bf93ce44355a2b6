import pg from 'pg';

/** A statement as the service sent it. */
export interface SentStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Runs `work` and answers what it sends to the database meanwhile, in the order of its sending. */
export async function recordStatements(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  const prototype = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function recorded(this: unknown, ...given: unknown[]) {
    const [first, values] = given as [string | { text: string; values?: unknown[] }, unknown[] | undefined];
    sent.push(
      typeof first === 'string'
        ? { text: first, values: values ?? [] }
        : { text: first.text, values: first.values ?? [] },
    );
    return query.apply(this, given);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return sent;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * A script for pgbench of a transaction that was recorded twice: what both times was the same stays as it is, ids, keys and
 * lock numbers that differed are made anew in each run, and every other difference (times) stays as it was the second time.
 */
export function pgbenchScript(first: readonly SentStatement[], second: readonly SentStatement[]): string {
  const before = new Set(idsIn(first));
  const fresh = [...new Set(idsIn(second))].filter((id) => !before.has(id));
  const variables = new Map(fresh.map((id, index) => [id, `n${index}`]));
  const sets = ['lock', 'key', ...variables.values()].map((name) => `\\set ${name} random(1, 2000000000)`);
  const statements = second.map(({ text, values }, index) => {
    const others = first[index]?.values ?? [];
    const literals = values.map((value, position) => literalOf(value, others[position], variables));
    return `${text
      .replaceAll(/--.*$/gm, '')
      .replaceAll(/\$(\d+)/g, (_, n) => literals[Number(n) - 1] ?? 'NULL')
      .replaceAll(/\s*\n\s*/g, ' ')};`;
  });
  return [...sets, ...statements].join('\n');
}

function idsIn(statements: readonly SentStatement[]): string[] {
  return statements.flatMap(({ values }) => values.flatMap((value) => JSON.stringify(value)?.match(UUID) ?? []));
}

function literalOf(value: unknown, other: unknown, variables: ReadonlyMap<string, string>): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number') return value === other ? String(value) : '(:lock)';
  if (typeof value === 'boolean') return String(value);
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'::bytea`;
  if (Array.isArray(value)) return quoted(`{${value.map(String).join(',')}}`);
  const text = String(value);
  if (typeof other === 'string' && text !== other && /^bench-key-/.test(text))
    return `('bench-key-' || (:key)::text || '-' || (:lock)::text)`;
  const pieces = text.split(new RegExp(`(${UUID.source})`, 'g')).filter((piece) => piece !== '');
  const parts = pieces.map((piece) => {
    const variable = variables.get(piece);
    return variable === undefined ? quoted(piece) : idExpression(variable);
  });
  if (parts.length <= 1) return parts[0]?.startsWith('lpad') ? `(${parts[0]})::uuid` : (parts[0] ?? `''`);
  return `(${parts.join(' || ')})`;
}

/** Text of a UUID from a random number and the client's, cheap on both sides. */
const idExpression = (variable: string) =>
  `lpad(to_hex((:${variable})::bigint), 8, '0') || '-0000-7000-8000-' || lpad(to_hex((:lock)::bigint), 12, '0')`;

/** Colons are written as escapes: pgbench looks for its variables inside strings too. */
function quoted(text: string): string {
  const doubled = text.replaceAll("'", "''");
  return text.includes(':') ? `E'${doubled.replaceAll('\\', '\\\\').replaceAll(':', '\\x3a')}'` : `'${doubled}'`;
}
