/** Where a command's answer goes. Progress and problems go to standard error, so that answers can be piped. */
export interface Output {
  /** A person at a terminal watches the progress. */
  readonly interactive: boolean;
  /** Prints the answer: as one JSON value with `--json`, else the lines that `lines` makes of it. */
  answer<T>(value: T, lines: (value: T) => readonly string[]): void;
  /** An answer that is a document of its own, byte for byte, also with `--json`. */
  raw(text: string): void;
  /** One line for people, at once: nothing with `--json`. On a terminal it takes the place of the rewritten line. */
  line(text: string): void;
  /** Shows how long work goes: one line that is rewritten on a terminal, a line each time otherwise. */
  progress(line: string): void;
  /** Ends the rewritten line, if there is one. */
  progressEnd(): void;
  /** One line for people beside the answer, on standard error: nothing with `--json`. */
  note(line: string): void;
  warn(line: string): void;
}

/** Writes to this process's standard output and error. */
export function processOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY === true;
  let open = false;
  let shown = '';
  const progressEnd = () => {
    if (open) process.stderr.write('\n');
    open = false;
  };
  return {
    interactive: terminal,
    answer(value, lines) {
      progressEnd();
      process.stdout.write(
        json
          ? `${JSON.stringify(value, null, 2)}\n`
          : lines(value)
              .map((line) => `${line}\n`)
              .join(''),
      );
    },
    raw(text) {
      progressEnd();
      process.stdout.write(text);
    },
    line(text) {
      if (open) process.stderr.write('\r\u001b[K');
      open = false;
      shown = '';
      if (!json) process.stdout.write(`${text}\n`);
    },
    progress(line) {
      if (line === shown) return;
      shown = line;
      process.stderr.write(terminal ? `\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}` : `${line}\n`);
      open = terminal;
    },
    progressEnd,
    note(line) {
      progressEnd();
      if (!json) process.stderr.write(`${line}\n`);
    },
    warn(line) {
      progressEnd();
      process.stderr.write(`${line}\n`);
    },
  };
}

/** Rows as aligned columns under their headings; `none` when there are no rows. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], none: string): string[] {
  if (rows.length === 0) return [none];
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Names and what they stand for, one a line, aligned; nothing for what is undefined. */
export function pairs(rows: readonly (readonly [name: string, text: string | undefined])[]): string[] {
  const shown = rows.filter(([, text]) => text !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}
