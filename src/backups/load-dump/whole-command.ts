/** Commands that may hold semicolons of their own: bodies in plain SQL, and rules with several actions. */
const HAS_A_BODY = /^\s*CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE|RULE)\b/i;

/** What a body is not made of: strings, quoted names, dollar quotes, comments. */
const QUOTED =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$[A-Za-z_\u0080-\uffff]*[\w\u0080-\uffff]*\$)[\s\S]*?\1|--[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * Whether a command that ends with a semicolon is over there. As psql sees it, that is so outside of parentheses, and outside of
 * BEGIN and END in a function whose body is plain SQL (PostgreSQL, src/fe_utils/psqlscan.l).
 */
export function isWholeCommand(text: string): boolean {
  if (!HAS_A_BODY.test(text)) return true;
  const bare = text.replaceAll(QUOTED, ' ');
  const isFunction = !/^\s*CREATE\s+(OR\s+REPLACE\s+)?RULE\b/i.test(text);
  let parentheses = 0;
  let blocks = 0;
  for (const [word] of bare.matchAll(/[()]|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/g)) {
    const lower = word.toLowerCase();
    if (word === '(') parentheses += 1;
    else if (word === ')') parentheses -= 1;
    else if (!isFunction) continue;
    else if (lower === 'begin' || (lower === 'case' && blocks > 0)) blocks += 1;
    else if (lower === 'end' && blocks > 0) blocks -= 1;
  }
  return parentheses <= 0 && blocks === 0;
}
