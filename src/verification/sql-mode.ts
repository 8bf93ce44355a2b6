/** What the lexer of SQL is inside of. */
export type SqlMode =
  | 'between'
  | 'command'
  | 'string'
  | 'escape-string'
  | 'name'
  | 'dollar'
  | 'comment'
  | 'block-comment'
  | 'meta'
  | 'rest-of-line';

/** What each mode is called in "ends inside of". */
export const SQL_PARTS: Readonly<Record<SqlMode, string | undefined>> = {
  between: undefined,
  command: 'a command',
  string: 'a string',
  'escape-string': 'a string',
  name: 'a quoted name',
  dollar: 'a dollar-quoted string',
  comment: 'a comment',
  'block-comment': 'a comment',
  meta: 'a command of psql',
  'rest-of-line': 'a COPY command',
};
