import type { RegisterStandalone } from './command.ts';
import type { EvidenceOptions } from './evidence-verify.ts';

export const registerEvidence: RegisterStandalone = (program, run) => {
  program
    .command('evidence')
    .description('the signed evidence of restore drills: as a file, and all of it in the database')
    .command('verify')
    .description(
      'check the evidence of a drill run offline, every file of it; without FILE that of all runs in the database',
    )
    .argument('[file]', 'the zip, as GET /api/v1/drill-runs/ID/bundle gives it')
    .option('--public-key <file>', 'the Ed25519 key of the installation that made it (PEM), kept elsewhere')
    .option('--json', 'answer as JSON')
    .addHelpText('after', VERIFY_HELP)
    .action((file: string | undefined, options: EvidenceOptions) =>
      run(async (context) =>
        file === undefined
          ? (await import('./evidence-verify-all.ts')).verifyAllEvidence(context, options)
          : (await import('./evidence-verify.ts')).verifyEvidence(context, file, options),
      ),
    );
};

const VERIFY_HELP = `
With FILE it needs no installation, no database and no network. Without --public-key the evidence is only held against the key that
it brings along, which whoever forges it can do as well. The key: muster key show --json, or GET /api/v1/drill-runs/ID.
Without FILE it reads the evidence of all runs in the database of this installation (and changes nothing): what was signed, the
chain, the audit trail that names the evidence of each run, and whether the rows of the runs still say the same. Without
--public-key it is held against the key of this installation.
Exit status: 0 nobody has changed it since the holder of that key signed it; 1 something was changed or is missing, there is no
evidence, or the file is damaged; 2 wrong usage; 3 (FILE only) it fits together, but no key was given to hold it against.
Example: muster evidence verify drill-run.zip --public-key muster-public.pem
Example: muster evidence verify --json | jq .findings`;
