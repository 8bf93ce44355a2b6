import { posix } from 'node:path';
import { z } from 'zod';
import { lineText } from '../../../kernel/text.ts';

/** Where backups lie on an SFTP server. */
export const sftpPlaceSchema = z.strictObject({
  kind: z.literal('sftp'),
  host: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9._:-]+$/, 'must be a host name or an address')
    .describe('Name or address; an administrator must allow it (MUSTER_EGRESS_ALLOW=sftp://host:port)'),
  port: z.int().min(1).max(65_535).default(22),
  user: lineText(256).describe('Who logs in'),
  path: z
    .string()
    .min(1)
    .max(900)
    .refine((text) => text.startsWith('/') && text.isWellFormed() && !/\p{Cc}/u.test(text), {
      message: 'must be an absolute path without control characters',
    })
    .refine((text) => text === '/' || (posix.normalize(text) === text && !text.endsWith('/')), {
      message: 'must be written plainly: no `.`, `..`, doubled or final slash',
    })
    .describe('Absolute path of the directory, as the server shows it to this user'),
  hostKey: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be a fingerprint as `ssh-keygen -l` prints it: SHA256:…')
    .describe('Fingerprint of the host key that the server must present: nothing is sent to any other'),
});

/** How to log in to an SFTP server: with a password or with a key. */
export const sftpCredentialsSchema = z.union([
  z.strictObject({ password: z.string().min(1).max(1000) }),
  z.strictObject({
    privateKey: z
      .string()
      .max(20_000)
      .regex(/^-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'must be a private key in PEM or OpenSSH form'),
    passphrase: z.string().min(1).max(1000).optional(),
  }),
]);

export type SftpPlace = z.infer<typeof sftpPlaceSchema>;
export type SftpCredentials = z.infer<typeof sftpCredentialsSchema>;

/** The place for people and messages; holds no secret. */
export function sftpAddress({ host, port, user, path }: SftpPlace): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return `sftp://${user}@${shown}${port === 22 ? '' : `:${port}`}${path}`;
}

/** Whether what was given to log in to the one may be sent to the other: only to the same user of the same server. */
export function isSameSftpLogin(one: SftpPlace, other: SftpPlace): boolean {
  return (['host', 'port', 'user', 'hostKey'] as const).every((field) => one[field] === other[field]);
}
