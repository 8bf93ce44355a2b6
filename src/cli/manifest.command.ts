import type { RegisterStandalone } from './command.ts';
import type { CreateOptions } from './manifest-create.ts';
import type { SignOptions } from './manifest-sign.ts';
import type { VerifyOptions } from './manifest-verify.ts';

export const registerManifest: RegisterStandalone = (program, run) => {
  const manifest = program
    .command('manifest')
    .description('signed lists of files: are they all there, and as they were?');
  manifest
    .command('create')
    .description('read every file of a directory, or one file, and list path, type, size, mode, time and SHA-256')
    .argument('<path>', 'a directory, or a file; links in it are listed, not followed')
    .option('--output <file>', 'where the list goes, a file that does not exist yet; default: standard output')
    .option('--sign-key <file>', 'sign it with this Ed25519 private key (PEM, mode 0600)')
    .option('--quiet', 'no progress')
    .option('--json', 'answer as JSON; the list itself is JSON always')
    .addHelpText('after', CREATE_HELP)
    .action((path: string, options: CreateOptions) =>
      run(async (context) => (await import('./manifest-create.ts')).createManifestOf(context, path, options)),
    );
  manifest
    .command('sign')
    .description('sign a list that exists, in place of the signature that it has')
    .argument('<file>', 'the list')
    .requiredOption('--key <file>', 'the Ed25519 private key (PEM, mode 0600)')
    .option('--json', 'answer as JSON')
    .addHelpText('after', SIGN_HELP)
    .action((file: string, options: SignOptions) =>
      run(async (context) => (await import('./manifest-sign.ts')).signManifestFile(context, file, options)),
    );
  manifest
    .command('verify')
    .description('compare a directory with its list, byte for byte, and the list with its signature')
    .argument('<file>', 'the list')
    .option('--public-key <file>', 'the Ed25519 key that must have signed it (PEM)')
    .option('--root <dir>', 'the directory that it lists; default: the one in which the list lies')
    .option('--quiet', 'no progress')
    .option('--json', 'answer as JSON')
    .addHelpText('after', VERIFY_HELP)
    .action((file: string, options: VerifyOptions) =>
      run(async (context) => (await import('./manifest-verify.ts')).verifyManifestFile(context, file, options)),
    );
};

const CREATE_HELP = `
Nothing is written but the list. It is refused when something cannot be read, is a device, pipe or socket, or changes
meanwhile. Exit status: 0 listed; 1 refused or failed; 2 wrong usage; 130 ended by Ctrl-C.
Example: muster manifest create /srv/photos --output /backup/photos.manifest --sign-key ~/manifest.pem
A key: openssl genpkey -algorithm ed25519 -out manifest.pem; its public half: openssl pkey -in manifest.pem -pubout`;

const SIGN_HELP = `
Exit status: 0 signed; 1 the list is damaged, or it cannot be written; 2 wrong usage.
Example: muster manifest sign photos.manifest --key ~/manifest.pem`;

const VERIFY_HELP = `
It only reads. What is missing, added, or other than listed in content, type, mode or target is found; another
modification time is counted only. Without --public-key the signature is not looked at.
Exit status: 0 all as listed; 1 something is damaged, missing, altered, hostile or suspect; 2 wrong usage; 3 nothing of
that, but the list is unsigned, signed with another key or of an unknown version; 130 ended by Ctrl-C.
Example: muster manifest verify /backup/photos.manifest --root /srv/photos --public-key manifest.pub`;
