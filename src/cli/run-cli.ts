import { Command, CommanderError } from 'commander';
import type { Config } from '../config.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { escaped } from '../verification/finding.ts';
import { EXIT } from './command.ts';
import { COMMANDS, STANDALONE_COMMANDS } from './commands.ts';
import { processOutput } from './output.ts';

const EXIT_HELP = `
Exit status: 0 done and in order; 1 failed, or the answer is no; 2 wrong usage or configuration; of commands that check files
also 3, nothing wrong was found but not everything could be verified; 130 ended by Ctrl-C.
The help of each command says more.`;

/**
 * Runs one command line and answers the process's exit status.
 * What goes wrong is one line on standard error (one JSON object with `--json`), and one more for each thing that it is
 * about and does not say itself.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  let status: number = EXIT.ok;
  // Once, however many command lines run in this process.
  process.stdout.off('error', tolerateClosedPipe).on('error', tolerateClosedPipe);
  const json = args.includes('--json');
  const program = new Command('muster')
    .description('Spare parts, licences, backups and restore drills: can we recover inside the SLA with what we hold?')
    .exitOverride()
    .showHelpAfterError('(--help shows what is possible)')
    .addHelpText('after', EXIT_HELP);
  const name = args[0] ?? '';
  const isStandalone = Object.hasOwn(STANDALONE_COMMANDS, name);
  for (const register of await chosen(STANDALONE_COMMANDS, name)) {
    register(program, async (run) => {
      status = await run({ output: processOutput(json), readConfig: configOfProcess });
    });
  }
  if (!isStandalone) {
    const { describeConfig, readConfig } = await import('../config.ts');
    program.addHelpText('after', `\nConfiguration (environment):\n${configHelp(describeConfig())}`);
    for (const register of await chosen(COMMANDS, name)) {
      register(program, async (run) => {
        status = await run({ config: readConfig(process.env, process.cwd()), output: processOutput(json) });
      });
    }
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (thrown) {
    // Commander has printed the help or the complaint itself.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return reportFailure(thrown, json);
  }
}

async function configOfProcess(): Promise<Config> {
  const { readConfig } = await import('../config.ts');
  return readConfig(process.env, process.cwd());
}

/** Whoever reads only the beginning (`| head`) closes the pipe: what follows has no reader, and that is no failure. */
function tolerateClosedPipe(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'EPIPE') throw thrown;
}

/** The command that is named, if it is one of these; all of them for the help, and for who names none at all. */
function chosen<T>(commands: Readonly<Record<string, () => Promise<T>>>, name: string): Promise<T[]> {
  const isKnown = Object.hasOwn(COMMANDS, name) || Object.hasOwn(STANDALONE_COMMANDS, name);
  const loads = isKnown ? [commands[name]].filter((load) => load !== undefined) : Object.values(commands);
  return Promise.all(loads.map((load) => load()));
}

function reportFailure(thrown: unknown, json: boolean): number {
  const known = thrown instanceof AppError;
  const line = known ? thrown.message : `Unexpected failure: ${messageOf(thrown)}`;
  // A name in it may hold what would rewrite a terminal.
  const fields = known ? thrown.fields : [];
  if (json) {
    const more = fields.length > 0 ? { fields } : {};
    process.stderr.write(`${JSON.stringify({ error: known ? thrown.code : 'internal', message: line, ...more })}\n`);
  } else {
    // The line itself is about the only one.
    const unsaid = fields.length > 1 ? fields.filter(({ message }) => !line.includes(message)) : [];
    process.stderr.write(
      [`muster: ${line}`, ...unsaid.map(({ field, message }) => `  ${field}: ${message}`), ''].map(escaped).join('\n'),
    );
  }
  if (!known && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
  if (known && thrown.code === 'interrupted') return EXIT.interrupted;
  return known && (thrown.kind === 'usage' || thrown.code === 'bad-database-url') ? EXIT.usage : EXIT.failed;
}

function configHelp(variables: readonly { readonly name: string; readonly meaning: string }[]): string {
  const width = Math.max(...variables.map(({ name }) => name.length));
  return variables.map(({ name, meaning }) => `  ${name.padEnd(width)}  ${meaning}`).join('\n');
}
