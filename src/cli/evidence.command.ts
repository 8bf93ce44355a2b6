import type { RegisterStandalone } from './command.ts';
import type { EvidenceOptions } from './evidence-verify.ts';

export const registerEvidence: RegisterStandalone = (program, run) => {
  program
    .command('evidence')
    .description('the signed evidence of restore drills, as a file')
    .command('verify')
    .description('check the evidence of a drill run offline: every file of it, and the signature')
    .argument('<file>', 'the zip, as GET /api/v1/drill-runs/ID/bundle gives it')
    .option('--public-key <file>', 'the Ed25519 key of the installation that made it (PEM), kept elsewhere')
    .option('--json', 'answer as JSON')
    .addHelpText('after', VERIFY_HELP)
    .action((file: string, options: EvidenceOptions) =>
      run(async (context) => (await import('./evidence-verify.ts')).verifyEvidence(context, file, options)),
    );
};

const VERIFY_HELP = `
It needs no installation, no database and no network. Without --public-key the evidence is only held against the key that it
brings along, which whoever forges it can do as well. The key: muster key show --json, or GET /api/v1/drill-runs/ID.
Exit status: 0 nobody has changed it since the holder of that key signed it; 1 something was changed, or the file is damaged or no
evidence; 2 wrong usage; 3 it fits together, but no key was given to hold it against.
Example: muster evidence verify drill-run.zip --public-key muster-public.pem`;
