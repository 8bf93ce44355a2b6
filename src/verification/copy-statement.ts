/**
 * How many columns the rows of a `COPY ... FROM stdin;` of pg_dump have; undefined when it is no such statement. A
 * table without columns has none, and pg_dump names no list for it.
 */
export function copyColumns(statement: string): number | undefined {
  const text = statement.trim();
  if (!text.startsWith('COPY ') || !/\sFROM stdin;$/.test(text)) return undefined;
  const list = columnList(text);
  const hasOids = /\sWITH OIDS FROM stdin;$/.test(text) ? 1 : 0;
  return list + hasOids;
}

/** The table of a `COPY` statement as it is written there. */
export function copyTable(statement: string): string {
  const text = statement.trim().slice('COPY '.length);
  for (let at = 0, isQuoted = false; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (char === ' ' || char === '(')) return text.slice(0, at);
  }
  return text;
}

/** Names in the first parentheses outside of quotes. A doubled quote inside of a name closes and opens it again. */
function columnList(text: string): number {
  let columns = 0;
  let isInList = false;
  for (let at = 0, isQuoted = false; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (char === '(') {
      isInList = true;
      columns = 1;
    } else if (isInList && char === ',') columns += 1;
    else if (isInList && char === ')') return columns;
  }
  return columns;
}
