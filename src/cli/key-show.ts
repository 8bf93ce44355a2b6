import { existsSync } from 'node:fs';
import { directoriesOf } from '../composition/directories.ts';
import { openKeyring } from '../secrets/keyring.ts';
import { findRecoveryIdentity } from '../secrets/recovery-identity.ts';
import { type CommandContext, EXIT } from './command.ts';
import { pairs } from './output.ts';

/** Shows the fingerprints of the keys, and who can open the copy beside the backups; no secret. */
export async function showKeys({ config, output }: CommandContext): Promise<number> {
  const { keys, keyExport } = directoriesOf(config);
  const { masterKeyId, signingKeyId, publicKey } = await openKeyring(keys);
  const recovery = await findRecoveryIdentity(keys);
  const answer = {
    directory: keys,
    masterKeyId,
    signingKeyId,
    signingPublicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    recoveryRecipient: recovery?.recipient ?? null,
    recoveryIdentityFile: recovery?.identityFile ?? null,
    keyExport: existsSync(keyExport) ? keyExport : null,
  };
  output.answer(answer, () =>
    pairs([
      ['Master key', `${masterKeyId}  (in ${keys})`],
      ['Signing key', signingKeyId],
      ['Sealed copy', answer.keyExport ?? 'none beside the backups yet'],
      [
        'Opened by',
        recovery
          ? `${recovery.recipient}  (identity in ${recovery.identityFile}: keep a copy elsewhere)`
          : 'no recovery identity yet',
      ],
    ]),
  );
  return EXIT.ok;
}
