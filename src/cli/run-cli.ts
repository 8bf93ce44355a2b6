import { Command, CommanderError } from 'commander';
import { describeConfig, readConfig } from '../config.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { EXIT, type RegisterCommand } from './command.ts';
import { COMMANDS } from './commands.ts';
import { processOutput } from './output.ts';

const EXIT_HELP = `
Exit status: 0 done and in order; 1 failed, or the answer is no; 2 wrong usage or configuration.`;

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
    .addHelpText('after', `${EXIT_HELP}\n\nConfiguration (environment):\n${configHelp()}`);
  for (const register of await commandsFor(args[0])) {
    register(program, async (run) => {
      const context = { config: readConfig(process.env, process.cwd()), output: processOutput(json) };
      status = await run(context);
    });
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

/** Whoever reads only the beginning (`| head`) closes the pipe: what follows has no reader, and that is no failure. */
function tolerateClosedPipe(thrown: NodeJS.ErrnoException): void {
  if (thrown.code !== 'EPIPE') throw thrown;
}

/** The command that is named; all of them for the help, and for who names none of them. */
function commandsFor(name: string | undefined): Promise<RegisterCommand[]> {
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return Promise.all((named === undefined ? Object.values(COMMANDS) : [named]).map((load) => load()));
}

function reportFailure(thrown: unknown, json: boolean): number {
  const known = thrown instanceof AppError;
  const line = known ? thrown.message : `Unexpected failure: ${messageOf(thrown)}`;
  const fields = known ? thrown.fields : [];
  if (json) {
    const more = fields.length > 0 ? { fields } : {};
    process.stderr.write(`${JSON.stringify({ error: known ? thrown.code : 'internal', message: line, ...more })}\n`);
  } else {
    // The line itself is about the only one.
    const unsaid = fields.length > 1 ? fields.filter(({ message }) => !line.includes(message)) : [];
    process.stderr.write(
      [`muster: ${line}`, ...unsaid.map(({ field, message }) => `  ${field}: ${message}`), ''].join('\n'),
    );
  }
  if (!known && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
  if (known && thrown.code === 'interrupted') return EXIT.interrupted;
  return known && (thrown.kind === 'usage' || thrown.code === 'bad-database-url') ? EXIT.usage : EXIT.failed;
}

function configHelp(): string {
  const variables = describeConfig();
  const width = Math.max(...variables.map(({ name }) => name.length));
  return variables.map(({ name, meaning }) => `  ${name.padEnd(width)}  ${meaning}`).join('\n');
}
