import { Option } from 'commander';
import { LEVELS } from '../verification/level.ts';
import { EXIT, type RegisterStandalone } from './command.ts';
import { type VerifyArguments, verifyPaths } from './verify-paths.ts';

const HELP = `
PATH is a file (its format is told from its bytes, and its name is held against them) or a directory (every file in it).
Nothing is ever written beside a backup. It needs no database and no running Muster.

Exit status: ${EXIT.ok} all sound; ${EXIT.failed} something is damaged, missing, altered, hostile or suspect; ${EXIT.usage} wrong usage;
${EXIT.unverifiable} nothing of that, but something could not be verified; ${EXIT.interrupted} interrupted.
Example: muster verify --json /backups | jq 'select(.verdict != "sound")'`;

export const registerVerify: RegisterStandalone = (program, run) => {
  program
    .command('verify')
    .description('read backups of any kind to their last byte and say whether they are sound, and where they are not')
    .argument('[path...]', 'files and directories; with --manifest all that it names unless told')
    .addOption(
      new Option('--level <level>', 'how deep to go')
        .choices(LEVELS.filter((level) => level !== 'restore'))
        .default('content'),
    )
    .option(
      '--manifest <file>',
      'a list of digests (SHA256SUMS and its family, backup_manifest, ours), beside what it names',
    )
    .option('--public-key <file>', 'the Ed25519 key that must have signed the manifest (PEM)')
    .option('--digest <algorithm:hex>', 'what the one file must have, such as sha256:9f86d081...')
    .option('--identity <file>', 'opens what is encrypted with age (lines AGE-SECRET-KEY-1...)')
    .option('--jobs <n>', 'files read at the same time', '1')
    .option('--max-ratio <n>', 'decoded bytes for each stored byte; more is an expansion bomb')
    .option('--limit-rate <bytes/s>', 'read no faster, all jobs together; K, M and G count in 1024')
    .option(
      '--resume <file>',
      'keep results in this file, and read nothing again that stands there and has not changed',
    )
    .option('--quiet', 'only what is not sound, and no progress')
    .option('--json', 'one JSON object a line for each path, and a last one with the summary')
    .addHelpText('after', HELP)
    .action((paths: string[], options: VerifyArguments) => run((context) => verifyPaths(context, paths, options)));
};
