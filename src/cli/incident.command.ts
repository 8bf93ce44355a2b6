import { type Command, Option } from 'commander';
import { INCIDENT_KINDS } from '../incidents/incident-kind.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { wholeNumber } from './arguments.ts';
import type { RegisterCommand } from './command.ts';
import type { IncidentListOptions } from './incident-list.ts';
import type { IncidentOpenOptions } from './incident-open.ts';

type Run = Parameters<RegisterCommand>[1];

export const registerIncident: RegisterCommand = (program, run) => {
  const incident = program.command('incident').description('incidents: what was reported, and where it stands');
  registerReads(incident, run);
  registerOpen(incident, run);
};

function registerReads(incident: Command, run: Run): void {
  incident
    .command('list')
    .description('incidents that are not closed, newest first')
    .addOption(new Option('--severity <severity>', 'only those of this severity').choices(SEVERITIES))
    .option('--all', 'closed ones as well')
    .option('--limit <rows>', 'at most so many rows', wholeNumber(1, 200), 50)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 listed; 1 failed; 2 wrong usage.\nExample: muster incident list --severity emergency',
    )
    .action((options: IncidentListOptions) =>
      run(async (context) => (await import('./incident-list.ts')).listIncidentsHere(context, options)),
    );
  incident
    .command('show')
    .description('one incident: its stages with their times, and what has happened')
    .argument('<number>', 'its number')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 shown; 1 failed; 2 wrong usage, or there is none.\nExample: muster incident show INC-2026-000001',
    )
    .action((number: string) =>
      run(async (context) => (await import('./incident-list.ts')).showIncident(context, number)),
    );
}

function registerOpen(incident: Command, run: Run): void {
  incident
    .command('open')
    .description('take down what was reported; its SLA clocks run from now on')
    .argument('<title>', 'what it is about')
    .requiredOption('--reporter <text>', 'who reports it, and how they can be reached')
    .requiredOption('--by <name>', 'who takes it down')
    .addOption(new Option('--kind <kind>', 'what it is').choices(INCIDENT_KINDS).default('incident'))
    .addOption(new Option('--severity <severity>', 'how bad it seems; of an incident').choices(SEVERITIES))
    .option('--service <name>', 'the service that is concerned')
    .option('--symptom <text>', 'what does not work, as it shows itself')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 open; 1 failed; 2 wrong usage, or a name means nothing.\nExample: muster incident open "Orders time out" --severity emergency --reporter "Night shift, 4711" --by "Li Wei"',
    )
    .action((title: string, options: IncidentOpenOptions) =>
      run(async (context) => (await import('./incident-open.ts')).openIncident(context, title, options)),
    );
}
