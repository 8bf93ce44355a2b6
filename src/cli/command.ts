import type { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Verdict } from '../verification/finding.ts';
import type { Output } from './output.ts';

/** What every command is given. */
export interface CommandContext {
  readonly config: Config;
  readonly output: Output;
}

/**
 * The exit statuses, the same for every command. `unverifiable` and `interrupted` are those of the commands that check
 * files: nothing wrong was found, but not everything could be judged; ended by Ctrl-C.
 */
export const EXIT = { ok: 0, failed: 1, usage: 2, unverifiable: 3, interrupted: 130 } as const;

/** The exit status of a command that checks files, from the worst verdict. */
export function statusOfVerdict(verdict: Verdict): number {
  if (verdict === 'sound') return EXIT.ok;
  return verdict === 'unverifiable' ? EXIT.unverifiable : EXIT.failed;
}

/** Runs a command's work with the context; given to each command when it registers itself. */
type RunCommand = (run: (context: CommandContext) => Promise<number>) => Promise<void>;

/** Adds one command (with its subcommands) to the program. */
export type RegisterCommand = (program: Command, run: RunCommand) => void;

/** What a command is given that needs no installation of Muster, and so no configuration; it may still ask for it. */
export interface StandaloneContext extends Pick<CommandContext, 'output'> {
  readonly readConfig: () => Promise<Config>;
}

/** Adds a command that needs no installation. */
export type RegisterStandalone = (
  program: Command,
  run: (run: (context: StandaloneContext) => Promise<number>) => Promise<void>,
) => void;
