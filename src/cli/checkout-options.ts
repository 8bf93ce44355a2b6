import { type Command, Option } from 'commander';
import { PURPOSES } from '../allocations/allocation.ts';
import { SEVERITIES } from '../kernel/severity.ts';

/** What every check-out says besides its lines; as commander hands it over. */
export interface CheckoutOptions {
  readonly holder: string;
  readonly purpose: string;
  readonly severity?: string;
  readonly due?: string;
  readonly service?: string;
  readonly note?: string;
  readonly reserveReason?: string;
  readonly case?: string;
}

/** Adds the options of {@link CheckoutOptions} to a command. */
export function withCheckoutOptions(command: Command): Command {
  return command
    .requiredOption('--holder <name>', 'who has it: a person, team, service or project; team:NAME tells kinds apart')
    .addOption(new Option('--purpose <purpose>', 'what it is for').choices(PURPOSES).default('loan'))
    .addOption(
      new Option('--severity <severity>', 'of the incident, or of what the drill rehearses').choices(SEVERITIES),
    )
    .option('--due <day or instant>', 'when it should be back: 2026-12-01 (its end, in UTC) or 2026-12-01T18:00:00Z')
    .option('--service <name>', 'for which service')
    .option('--note <text>', 'anything that people should know')
    .option('--reserve-reason <text>', 'take from the emergency reserve, and why: for an emergency incident only')
    .option('--case <number>', 'with --reserve-reason: the open emergency that it is for')
    .option('--json', 'answer as JSON');
}
