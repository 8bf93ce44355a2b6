import { type Client, DatabaseError, escapeIdentifier } from 'pg';
import { CopyIn } from '../../database/copy-in.ts';
import { AppError } from '../../kernel/errors.ts';
import { printable } from '../../verification/finding.ts';
import { readScript, type ScriptPart } from './sql-script.ts';

/** A server that a script is loaded into. */
export interface ScriptTarget {
  /** Opens a connection to a database of the server; whoever opened it closes it. */
  readonly open: (database: string) => Promise<Client>;
  /** The database that the script begins in. */
  readonly database: string;
  /** As the server prints it: `18.4`. */
  readonly serverVersion: string;
}

/** What loading obeys and tells. */
export interface LoadOptions {
  readonly signal: AbortSignal;
  /** Something that whoever reads the log of the restore must know. */
  readonly say: (line: string) => void;
}

/** What was loaded. */
export interface LoadedScript {
  readonly commands: number;
  readonly rows: number;
  /** The database in which the script ended. */
  readonly database: string;
  /** Roles that the script names and that were made for it, without a login. */
  readonly madeRoles: readonly string[];
}

/**
 * Loads a script of SQL, as pg_dump and others write it, the way `psql -v ON_ERROR_STOP=1` would: the first error ends it, with
 * its line. Rows of COPY are streamed. Roles that do not exist are made, without a login. Of psql's own commands those are
 * carried out that dumps have: \connect, and \restrict with \unrestrict; any other is refused.
 *
 * @throws AppError `unprocessable`: `dump-broken` when it is cut or broken, `dump-statement-failed` with line and excerpt,
 * `psql-command-refused`; `unavailable` `extension-missing`; the signal's reason.
 */
export async function loadScript(path: string, target: ScriptTarget, options: LoadOptions): Promise<LoadedScript> {
  const loading = new Loading(target, options);
  try {
    await loading.begin();
    for await (const part of readScript(path, options)) await loading.take(part);
    return loading;
  } catch (thrown) {
    options.signal.throwIfAborted();
    throw thrown;
  } finally {
    await loading.close();
  }
}

const UNDEFINED_OBJECT = '42704';
const MISSING_ROLE = /^role "(.*)" does not exist$/s;
const MISSING_EXTENSION = /extension control file ".*\/([^/"]+)\.control"|extension "([^"]+)" is not available/;
const EXCERPT_CHARS = 200;

class Loading implements LoadedScript {
  commands = 0;
  rows = 0;
  database: string;
  readonly madeRoles: string[] = [];
  readonly #target: ScriptTarget;
  readonly #options: LoadOptions;
  #client: Client | undefined;
  #copy: { readonly stream: CopyIn; readonly table: string; readonly line: number } | undefined;
  #restriction: string | undefined;

  constructor(target: ScriptTarget, options: LoadOptions) {
    this.#target = target;
    this.#options = options;
    this.database = target.database;
  }

  async begin(): Promise<void> {
    this.#client = await this.#target.open(this.database);
  }

  async close(): Promise<void> {
    await this.#client?.end();
  }

  async take(part: ScriptPart): Promise<void> {
    this.#options.signal.throwIfAborted();
    switch (part.kind) {
      case 'command':
        return this.#run(part.text, part.line);
      case 'meta':
        return this.#obey(part.text, part.line);
      case 'copy':
        return this.#beginRows(part);
      case 'rows':
        return this.#takeRows(part.bytes);
      case 'rows-end':
        return this.#endRows();
      case 'broken':
        await this.#copy?.stream.fail('the dump is broken');
        throw new AppError('unprocessable', 'dump-broken', `The dump is not whole, line ${part.line}: ${part.message}`);
    }
  }

  async #run(text: string, line: number): Promise<void> {
    this.commands += 1;
    await this.#withRoles(text, line, async () => void (await this.#connected().query(text)));
  }

  async #beginRows({ text, table, line }: Extract<ScriptPart, { kind: 'copy' }>): Promise<void> {
    this.commands += 1;
    await this.#withRoles(text, line, async () => {
      this.#copy = { stream: await CopyIn.begin(this.#connected(), text), table, line };
    });
  }

  async #takeRows(bytes: Buffer): Promise<void> {
    const copy = this.#copy;
    if (copy === undefined) return;
    await copy.stream.write(bytes).catch((thrown: unknown) => this.#failRows(copy, thrown));
  }

  async #endRows(): Promise<void> {
    const copy = this.#copy;
    this.#copy = undefined;
    if (copy === undefined) return;
    this.rows += await copy.stream.end().catch((thrown: unknown) => this.#failRows(copy, thrown));
  }

  #failRows({ table, line }: { readonly table: string; readonly line: number }, thrown: unknown): never {
    if (!(thrown instanceof DatabaseError)) throw thrown;
    const row = Number(/line (\d+)/.exec(thrown.where ?? '')?.[1] ?? 0);
    throw statementFailed(line + row, thrown, `COPY ${table}: ${thrown.where ?? ''}`);
  }

  /** A statement that names a role which does not exist is tried again once the role is there. */
  async #withRoles(text: string, line: number, work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (thrown) {
        if (!(thrown instanceof DatabaseError)) throw thrown;
        const role = thrown.code === UNDEFINED_OBJECT ? MISSING_ROLE.exec(thrown.message)?.[1] : undefined;
        if (role === undefined || this.madeRoles.includes(role) || !this.#isOutsideTransaction()) {
          throw this.#failureOf(text, line, thrown);
        }
        await this.#connected().query(`CREATE ROLE ${escapeIdentifier(role)} NOLOGIN`);
        this.madeRoles.push(role);
        this.#options.say(`the role ${printable(role)} is not part of the dump: it was made, without a login`);
      }
    }
  }

  #isOutsideTransaction(): boolean {
    return this.#connected().getTransactionStatus() === 'I';
  }

  #failureOf(text: string, line: number, error: DatabaseError): AppError {
    const [, file, name] = MISSING_EXTENSION.exec(error.message) ?? [];
    const extension = file ?? name;
    if (extension === undefined) {
      const before = text.slice(0, Math.max(Number(error.position ?? 1) - 1, 0));
      return statementFailed(line + (before.split('\n').length - 1), error, text);
    }
    return new AppError(
      'unavailable',
      'extension-missing',
      `The dump needs the extension ${printable(extension)} (line ${line}), which the PostgreSQL ${this.#target.serverVersion} of this machine does not have: install it, or set PG_BIN to a server that has it.`,
    );
  }

  /** While a script is restricted, psql takes nothing but the word that lifts it. */
  async #obey(text: string, line: number): Promise<void> {
    const [command = '', ...words] = text.trim().split(/\s+/);
    if (command === '\\restrict' && this.#restriction === undefined) this.#restriction = words[0] ?? '';
    else if (command === '\\unrestrict' && words[0] === this.#restriction) this.#restriction = undefined;
    else if ((command === '\\connect' || command === '\\c') && this.#restriction === undefined) {
      await this.#connect(databaseNamed(text.trim().slice(command.length)), line);
    } else throw refused(command, line);
  }

  async #connect(database: string | undefined, line: number): Promise<void> {
    if (database === undefined) throw refused('\\connect with anything but the name of a database', line);
    await this.#client?.end();
    this.#client = await this.#target.open(database).catch((thrown: unknown) => {
      throw thrown instanceof DatabaseError ? statementFailed(line, thrown, `\\connect ${database}`) : thrown;
    });
    this.database = database;
    this.#options.say(`line ${line} of the dump goes on in the database ${printable(database)}`);
  }

  #connected(): Client {
    if (this.#client === undefined)
      throw new AppError('internal', 'not-connected', 'A script began without a connection');
    return this.#client;
  }
}

/** `name`, `"name"`, or `-reuse-previous=on "dbname='name'"` as pg_dump writes names that need quotes. */
function databaseNamed(words: string): string | undefined {
  const text = words
    .trim()
    .replace(/;$/, '')
    .replace(/^-reuse-previous=on\s+/, '');
  const [, quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^\s"'=:/]+))$/.exec(text) ?? [];
  if (plain !== undefined) return plain;
  if (quoted === undefined) return undefined;
  const inner = quoted.replaceAll('""', '"');
  const [, value] = /^dbname='((?:[^'\\]|\\.)*)'$/.exec(inner) ?? [];
  if (value !== undefined) return value.replaceAll(/\\(.)/g, '$1');
  return inner.includes('=') ? undefined : inner;
}

function statementFailed(line: number, { message, code }: DatabaseError, statement: string): AppError {
  const excerpt = printable(statement.trim().slice(0, EXCERPT_CHARS));
  const text = `The dump cannot be loaded, line ${line}: ${message} (SQLSTATE ${code}), in: ${excerpt}`;
  return new AppError('unprocessable', 'dump-statement-failed', text);
}

function refused(command: string, line: number): AppError {
  const message = `The dump holds ${printable(command)} in line ${line}, a command of psql that is not carried out here: only \\connect, \\restrict and \\unrestrict are`;
  return new AppError('unprocessable', 'psql-command-refused', message);
}
