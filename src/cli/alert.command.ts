import type { Command } from 'commander';
import type { AcknowledgeOptions, SilenceOptions } from './alert-act.ts';
import type { AlertListOptions } from './alert-list.ts';
import { id, wholeNumber } from './arguments.ts';
import type { RegisterCommand } from './command.ts';

type Run = Parameters<RegisterCommand>[1];

const WEEK_MINUTES = 10_080;
const SILENCE_MINUTES_MAX = 129_600;

export const registerAlert: RegisterCommand = (program, run) => {
  const alert = program.command('alert').description('alerts: what warns, who is told of it, and taking it on');
  registerReads(alert, run);
  registerAcknowledge(alert, run);
  registerSilence(alert, run);
};

function registerReads(alert: Command, run: Run): void {
  alert
    .command('list')
    .description('open alerts, the most urgent first')
    .option('--all', 'closed ones as well, behind those that are open')
    .option('--service <name>', 'only those that concern this service')
    .option('--limit <rows>', 'at most so many rows', wholeNumber(1, 200), 50)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 listed; 1 failed; 2 wrong usage, or the name means nothing.\nExample: muster alert list --service orders',
    )
    .action((options: AlertListOptions) =>
      run(async (context) => (await import('./alert-list.ts')).listAlertsHere(context, options)),
    );
  alert
    .command('show')
    .description('one alert: its value and thresholds, what became of it, who was told and who is next, its plan')
    .argument('<id>', 'its id', id)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 shown; 1 failed, or there is none; 2 wrong usage.\nExample: muster alert show ID',
    )
    .action((alertId: string) => run(async (context) => (await import('./alert-show.ts')).showAlert(context, alertId)));
}

function registerAcknowledge(alert: Command, run: Run): void {
  alert
    .command('acknowledge')
    .description('take an alert on: nobody else is told, until it is raised or the reminder comes')
    .argument('<id>', 'its id', id)
    .requiredOption('--by <name>', 'who takes it on')
    .option('--remind-in <minutes>', 'when it is told again if it is still open', wholeNumber(1, WEEK_MINUTES), 60)
    .option('--note <text>', 'what is being done')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 taken on; 1 failed, it is closed, or the person may not; 2 wrong usage, or the name means nothing.\nExample: muster alert acknowledge ID --by "Li Wei" --remind-in 30',
    )
    .action((alertId: string, options: AcknowledgeOptions) =>
      run(async (context) => (await import('./alert-act.ts')).acknowledgeHere(context, alertId, options)),
    );
}

function registerSilence(alert: Command, run: Run): void {
  alert
    .command('silence')
    .description('let nobody be told of what matches for a while; it opens and closes all the same')
    .requiredOption('--by <name>', 'who silences it')
    .requiredOption('--for <minutes>', 'how long', wholeNumber(1, SILENCE_MINUTES_MAX))
    .requiredOption('--reason <text>', 'why nobody is to be told')
    .option('--rule <name>', 'alerts of this rule')
    .option('--service <name>', 'alerts that concern this service')
    .option('--key <key>', 'alerts of this subject, as muster alert show names its key')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nAt least one of --rule, --service and --key is needed; several narrow it down. Exit status: 0 silenced; 1 failed, or the person may not; 2 wrong usage, or a name means nothing.\nExample: muster alert silence --service orders --for 120 --by "Li Wei" --reason "The database moves"',
    )
    .action((options: SilenceOptions) =>
      run(async (context) => (await import('./alert-act.ts')).silenceHere(context, options)),
    );
}
