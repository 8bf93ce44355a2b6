import { Option } from 'commander';
import { LAST_RUNS } from '../drills/history.ts';
import { REPORT_LANGUAGES } from '../drills/report-language.ts';
import { RUN_MODES } from '../drills/run.ts';
import { id, repeated, wholeNumber } from './arguments.ts';
import type { RegisterCommand } from './command.ts';
import type { HistoryOptions } from './drill-history.ts';
import type { ReportOptions } from './drill-report.ts';
import type { RunOptions } from './drill-run.ts';
import type { SchemaOptions } from './drill-schema.ts';

export const registerDrill: RegisterCommand = (program, run) => {
  const drill = program.command('drill').description('scripted rehearsals of a recovery');
  drill
    .command('list')
    .description('drills, what is wrong with their files (line and column), and how their last run came out')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 every file is a drill; 1 a file is none, or failed; 2 wrong usage.\nExample: muster drill list',
    )
    .action(() => run(async (context) => (await import('./drill-list.ts')).listDrills(context)));
  drill
    .command('run')
    .description('rehearse a recovery now, show how it goes, and say how it came out')
    .argument('<name>', 'the name of its file in drills/, without .yaml')
    .addOption(
      new Option(
        '--mode <mode>',
        'availability: only hold spares and seats, look the backup up, and give all back; recovery: for a real incident',
      )
        .choices(RUN_MODES)
        .default('full'),
    )
    .option('--set <name=value>', 'the value of a parameter; can be given several times', repeated)
    .option('--participant <role=person>', 'who fills a role; can be given several times', repeated)
    .option('--confirm <name>', 'of a recovery: the name of the drill once more')
    .option('--by <person>', 'of a recovery: the person who stands for it')
    .option('--case <case>', 'of a recovery: the open case that it is for')
    .option('--reason <text>', 'of a recovery: why it is started; needed without a case')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nWithout a running service this process carries the drill out itself. Ctrl-C cancels the run and waits for its clean-up. Exit status: 0 it restored and validated, and every required target was measured and met; 1 it failed, was cancelled, or a required target was missed or not measured, or something that it needs was not there; 2 wrong usage, or no drill has that name.\nExample: muster drill run muster-database || page-operations\nOf a recovery: muster drill run muster-database --mode recovery --confirm muster-database --by "Lin Wei" --case INC-4711',
    )
    .action((name: string, options: RunOptions) =>
      run(async (context) => (await import('./drill-run.ts')).runDrill(context, name, options)),
    );
  drill
    .command('report')
    .description('the report of a run that has ended')
    .argument('<run>', 'as muster drill list shows it', id)
    .addOption(new Option('--format <format>', 'as what').choices(['html', 'json', 'junit']).default('html'))
    .addOption(new Option('--lang <language>', 'the language of the page').choices(REPORT_LANGUAGES).default('en'))
    .option('--to <file>', 'a file that does not exist yet; default: standard output')
    .option('--json', 'the same as --format json')
    .addHelpText(
      'after',
      '\nExit status: 0 written; 1 there is no such run, or it has no report yet; 2 wrong usage.\nExample: muster drill report 01a2040b-b46e-71c8-ab73-e1ff8a5a2e60 --to report.html',
    )
    .action((runId: string, options: ReportOptions) =>
      run(async (context) => (await import('./drill-report.ts')).writeReport(context, runId, options)),
    );
  drill
    .command('history')
    .description('how long a drill and its phases took in its last full runs: percentiles, success rate, the runs')
    .argument('<name>', 'the name of its file in drills/, without .yaml')
    .addOption(
      new Option('--last <n>', 'so many of the newest runs')
        .argParser(wholeNumber(1, LAST_RUNS.max))
        .default(LAST_RUNS.default),
    )
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 shown; 2 wrong usage, or no drill has that name.\nExample: muster drill history muster-database --last 20',
    )
    .action((name: string, options: HistoryOptions) =>
      run(async (context) => (await import('./drill-history.ts')).drillHistory(context, name, options)),
    );
  drill
    .command('discard')
    .description('remove what a failed run keeps for a time, and what a recovery has brought back')
    .argument('<run>', 'as muster drill list shows it', id)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 removed, or to be removed by the host on which it lies; 1 there is no such run, it keeps nothing, or it could not be removed; 2 wrong usage.\nExample: muster drill discard 01a2040b-b46e-71c8-ab73-e1ff8a5a2e60',
    )
    .action((runId: string) =>
      run(async (context) => (await import('./drill-discard.ts')).discardSandbox(context, runId)),
    );
  drill
    .command('schema')
    .description('the JSON Schema of drill definitions, for editors, or of reports, for programs')
    .option('--report', 'of the JSON report')
    .option('--json', 'it is JSON anyway')
    .addHelpText('after', '\nExit status: 0 printed.\nExample: muster drill schema > drill.schema.json')
    .action((options: SchemaOptions) =>
      run(async (context) => (await import('./drill-schema.ts')).printSchema(context, options)),
    );
};
