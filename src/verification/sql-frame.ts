import type { FindingKind } from './finding.ts';

/** What is wrong with the frame of a dump, as the end of a sentence about it. */
export interface SqlFrameProblem {
  readonly kind: FindingKind;
  readonly message: string;
}

type Part = 'database' | 'cluster';
type State = 'absent' | 'open' | 'closing' | 'closed';

const LINE = /^-- PostgreSQL database( cluster)? dump( complete)?$/;

/**
 * The lines by which pg_dump and pg_dumpall say where a dump begins and that it is complete, and the words that newer
 * versions let psql be restricted with. A cluster dump holds the dumps of its databases.
 */
export class SqlFrame {
  readonly #states: Record<Part, State> = { database: 'absent', cluster: 'absent' };
  #restriction: string | undefined;
  #databaseDumps = 0;

  /** It says that it is complete: nothing but blank lines and comments may follow. */
  get isComplete(): boolean {
    const { database, cluster } = this.#states;
    return isDone(cluster) ? database !== 'open' : cluster === 'absent' && isDone(database);
  }

  takeComment(text: string): SqlFrameProblem | undefined {
    // The last line of the comment that says so.
    for (const part of ['database', 'cluster'] as const) {
      if (this.#states[part] === 'closing' && text === '--') this.#states[part] = 'closed';
    }
    const line = LINE.exec(text);
    if (line === null) return undefined;
    const part = line[1] === undefined ? 'database' : 'cluster';
    return line[2] === undefined ? this.#begin(part) : this.#complete(part);
  }

  takeMetaCommand(text: string): SqlFrameProblem | undefined {
    const [command, word] = text.split(' ');
    if (command === '\\.') return { kind: 'corrupt', message: 'has the end of rows where no COPY command is' };
    if (command === '\\restrict') this.#restriction = word ?? '';
    else if (command === '\\unrestrict') {
      const isSame = word === this.#restriction;
      this.#restriction = undefined;
      if (!isSame) return { kind: 'corrupt', message: 'lifts a restriction with another word than it was set with' };
    }
    return undefined;
  }

  /** What is missing at the end of the script. */
  endProblem(): SqlFrameProblem | undefined {
    const { database, cluster } = this.#states;
    if (database === 'absent' && cluster === 'absent') {
      return { kind: 'corrupt', message: 'does not begin as those of pg_dump do' };
    }
    const isWhole = this.isComplete && database !== 'closing' && cluster !== 'closing';
    if (isWhole && this.#restriction === undefined) return undefined;
    const part = cluster === 'open' ? 'database cluster' : 'database';
    return {
      kind: 'truncated',
      message: `lacks its last lines: "PostgreSQL ${part} dump complete" and what follows it`,
    };
  }

  #begin(part: Part): SqlFrameProblem | undefined {
    const { database, cluster } = this.#states;
    const isInside = database === 'open' || (part === 'cluster' && cluster === 'open');
    if (isInside) return { kind: 'corrupt', message: 'begins anew before it is complete' };
    const isSecond =
      part === 'cluster' ? cluster !== 'absent' || database !== 'absent' : cluster !== 'open' && database !== 'absent';
    this.#states[part] = 'open';
    this.#databaseDumps += part === 'database' ? 1 : 0;
    // The globals of a cluster and one database are often put into one file.
    if (part === 'database' && cluster === 'closed' && this.#databaseDumps === 1) return undefined;
    return isSecond ? { kind: 'suspect', message: 'is followed by another one in the same file' } : undefined;
  }

  #complete(part: Part): SqlFrameProblem | undefined {
    const isOpen = this.#states[part] === 'open' && (part === 'database' || this.#states.database !== 'open');
    this.#states[part] = 'closing';
    return isOpen ? undefined : { kind: 'corrupt', message: 'says that it is complete where it is not' };
  }
}

function isDone(state: State): boolean {
  return state === 'closing' || state === 'closed';
}
