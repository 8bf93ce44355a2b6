import type { RegisterCommand } from './command.ts';

export const registerDoctor: RegisterCommand = (program, run) => {
  program
    .command('doctor')
    .description('say what this machine can do: what is there, what is missing, and what that costs')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 Muster can run here; 1 something that it needs is missing.\nExample: muster doctor',
    )
    .action(() => run(async (context) => (await import('./doctor.ts')).examine(context)));
};
