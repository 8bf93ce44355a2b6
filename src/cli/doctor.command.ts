import { diagnose } from '../composition/doctor.ts';
import { EXIT, type RegisterCommand } from './command.ts';
import { table } from './output.ts';

export const registerDoctor: RegisterCommand = (program, run) => {
  program
    .command('doctor')
    .description('say what this machine can do: what is there, what is missing, and what that costs')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 Muster can run here; 1 something that it needs is missing.\nExample: muster doctor',
    )
    .action(() =>
      run(async ({ config, output }) => {
        const diagnoses = await diagnose(config);
        output.answer(diagnoses, (rows) =>
          table(
            ['', 'what', 'found', 'without it'],
            rows.map((row) => [row.status, row.name, row.found, row.cost]),
            'nothing to look at',
          ),
        );
        return diagnoses.some((one) => one.required && one.status === 'missing') ? EXIT.failed : EXIT.ok;
      }),
    );
};
