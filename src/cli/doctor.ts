import { diagnose } from '../composition/doctor.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';

/** Says what this machine can do. @returns the exit status: failed when something is missing that Muster needs. */
export async function examine({ config, output }: CommandContext): Promise<number> {
  const diagnoses = await diagnose(config);
  output.answer(diagnoses, (rows) =>
    table(
      ['', 'what', 'found', 'without it'],
      rows.map((row) => [row.status, row.name, row.found, row.cost]),
      'nothing to look at',
    ),
  );
  return diagnoses.some((one) => one.required && one.status === 'missing') ? EXIT.failed : EXIT.ok;
}
