import { Option } from 'commander';
import { LEVELS } from '../verification/level.ts';
import { EXIT, type RegisterStandalone } from './command.ts';
import type { VerifyArguments } from './verify-paths.ts';

const HELP = `
PATH is a file (its format is told from its bytes, and its name is held against them) or a directory: as one thing where it
is one (recovery point, bag, base backup, pg_dump -Fd), against its SHA256SUMS or the like where it has one, else every
file in it. Nothing is ever written beside a backup. It needs no database, no configuration and no running Muster.
Without a digest on record, only what the format itself can see is seen; what has neither is unverifiable.
With --resume, directories that are one thing, and what could not be read to its end, are checked again.

Exit status: ${EXIT.ok} all sound; ${EXIT.failed} something is damaged, missing, altered, hostile or suspect; ${EXIT.usage} wrong usage;
${EXIT.unverifiable} nothing of that, but something could not be verified; ${EXIT.interrupted} interrupted.
Example: muster verify --manifest /backups/SHA256SUMS --resume /var/tmp/verify.journal --limit-rate 50M
Example: muster verify --json /backups | jq 'select(.verdict != "sound")'`;

export const registerVerify: RegisterStandalone = (program, run) => {
  program
    .command('verify')
    .description('read backups of any kind to their last byte and say whether they are sound, and where they are not')
    .argument('[path...]', 'files and directories; with --manifest all that it names unless told')
    .addOption(
      new Option(
        '--level <level>',
        'how deep to go: is it there, is it what is on record, is it whole inside, is each entry as listed',
      )
        .choices(LEVELS.filter((level) => level !== 'restore'))
        .default('content'),
    )
    .option(
      '--manifest <file>',
      'a list of digests (SHA256SUMS and its family, backup_manifest, ours); its names are those beside it',
    )
    .option('--public-key <file>', 'the Ed25519 key that must have signed the manifest (PEM)')
    .option(
      '--digest <algorithm:hex>',
      'what the one file must have: sha256:9f86d081..., sha512, sha1, md5, blake2b512 and others',
    )
    .option('--identity <file>', 'opens what is encrypted with age (lines AGE-SECRET-KEY-1...)')
    .option('--jobs <n>', 'files read at the same time', '1')
    .option('--max-ratio <n>', 'decoded bytes for each stored byte; more is an expansion bomb')
    .option('--limit-rate <bytes/s>', 'read no faster, all jobs together; K, M and G count in 1024')
    .option(
      '--resume <file>',
      'keep results in this file, and read nothing again that stands there and has not changed',
    )
    .option('--quiet', 'print only what is not sound and the summary, and no progress')
    .option('--json', 'one JSON object a line for each path, and a last one with the summary')
    .addHelpText('after', HELP)
    .action((paths: string[], options: VerifyArguments) =>
      run(async (context) => (await import('./verify-paths.ts')).verifyPaths(context, paths, options)),
    );
};
