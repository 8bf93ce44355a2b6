import { once } from 'node:events';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { CaptureSourceOf } from './captured-set.ts';
import { bestWay, endGroup, type LaunchedCommand, launchCommand } from './command-launch.ts';

/** The end of what the program wrote to standard error that is kept. */
const LAST_WORDS_MAX = 2000;

/** Told the process group of the program as soon as there is one, and with undefined that it is gone. */
type GroupListener = (groupId: number | undefined) => void;

/** One program under way, within the time that it has. Disposing ends what is left of it. */
export class CommandRun implements Disposable {
  readonly keeping: LaunchedCommand['keeping'];
  /** The end of what it wrote there. */
  standardError = '';
  readonly #launched: LaunchedCommand;
  readonly #source: CaptureSourceOf<'command'>;
  readonly #onGroup: GroupListener;
  readonly #closed: Promise<[status: number | null, signal: string | null]>;
  readonly #timer: NodeJS.Timeout;
  #groupId: number | undefined;
  #isOverTime = false;

  private constructor(launched: LaunchedCommand, source: CaptureSourceOf<'command'>, onGroup: GroupListener) {
    this.#launched = launched;
    this.#source = source;
    this.#onGroup = onGroup;
    this.keeping = launched.keeping;
    this.#groupId = launched.groupId;
    onGroup(this.#groupId);
    const { child } = launched;
    this.#closed = once(child, 'close') as Promise<[number | null, string | null]>;
    this.#closed.catch(() => {
      // Told by requireSuccess.
    });
    // What it left running holds its output open: the end of the program is the end of all of it.
    child.once('exit', this.#end);
    process.once('exit', this.#end);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.standardError = `${this.standardError}${text}`.slice(-LAST_WORDS_MAX);
    });
    this.#timer = setTimeout(this.#endForTime, source.timeLimitSeconds * 1000);
  }

  static async start(path: string, source: CaptureSourceOf<'command'>, onGroup: GroupListener): Promise<CommandRun> {
    const way = await bestWay();
    // Started and listened to in one go: what goes wrong at once is told at once.
    return new CommandRun(launchCommand(way, path, source.arguments), source, onGroup);
  }

  /** What it writes to standard output, to the end. */
  async *output(): AsyncGenerator<Buffer> {
    try {
      yield* this.#launched.child.stdout;
    } catch (thrown) {
      // That the end was early is said by requireSuccess.
      if (!this.#isOverTime) throw thrown;
    }
  }

  /** For the end of a message. */
  get lastWords(): string {
    const words = this.standardError.trim().replaceAll(/\s*\n\s*/g, ' ');
    return words === '' ? '; it said nothing' : `; it said last: ${words}`;
  }

  /** @throws AppError `unprocessable` `command-failed` unless it ended with status 0; `timeout` `command-timed-out`. */
  async requireSuccess(): Promise<void> {
    const { program, timeLimitSeconds } = this.#source;
    const failed = (how: string) => new AppError('unprocessable', 'command-failed', `${program} ${how}`);
    const [status, signal] = await this.#closed.catch((thrown: unknown) => {
      throw failed(`could not be started: ${messageOf(thrown)}`);
    });
    if (this.#isOverTime) {
      const message = `${program} was ended because it took longer than ${timeLimitSeconds} s${this.lastWords}`;
      throw new AppError('timeout', 'command-timed-out', message);
    }
    if (status === 0) return;
    const how = signal === null ? `with status ${status}` : `by signal ${signal}`;
    throw failed(`ended ${how}${this.lastWords}`);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    process.removeListener('exit', this.#end);
    this.#end();
  }

  readonly #end = () => {
    if (this.#groupId === undefined) return;
    endGroup(this.#groupId);
    this.#groupId = undefined;
    this.#onGroup(undefined);
  };

  readonly #endForTime = () => {
    this.#isOverTime = true;
    this.#end();
    // Where nothing keeps it together, what has left its group may still hold these open.
    this.#launched.child.stdout.destroy();
    this.#launched.child.stderr.destroy();
  };
}
