import { isIP } from 'node:net';
import { posix } from 'node:path';
import { z } from 'zod';
import { lineText } from '../../../kernel/text.ts';

/** The bucket's name becomes a part of the host's name then. */
const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{1,61}[a-z0-9])$/;

/** Where backups lie in an object store that speaks the protocol of Amazon S3. */
export const s3PlaceSchema = z
  .strictObject({
    kind: z.literal('s3'),
    endpoint: z
      .string()
      .min(1)
      .max(300)
      .refine((text) => /^https?:/.test(text) && URL.parse(text)?.origin === text, {
        message: 'must be https://host or https://host:port, in lower case and with nothing behind it',
        abort: true,
      })
      .describe('Address of the service; an administrator must allow it (MUSTER_EGRESS_ALLOW=https://host:port)'),
    region: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be letters, digits and hyphens')
      .default('us-east-1')
      .describe('As the service calls it: requests are signed for it'),
    bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/, 'must be the name of a bucket'),
    prefix: z
      .string()
      .max(500)
      .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), { message: 'must hold no control characters' })
      .refine((text) => text === '' || (posix.normalize(`/${text}`) === `/${text}` && !text.endsWith('/')), {
        message: 'must be written plainly: no slash before or behind it, no `.`, `..` or doubled slash',
      })
      .default('')
      .describe('Nothing outside of it is looked at or touched; empty: the whole bucket'),
    pathStyle: z
      .boolean()
      .default(true)
      .describe('The bucket stands in the path of a request; false: before the name of the host'),
  })
  .refine(({ endpoint, pathStyle }) => pathStyle || isIP(hostOf(endpoint)) === 0, {
    path: ['pathStyle'],
    message: 'must be true where the endpoint is an address: nothing can stand before it',
  })
  .refine(({ bucket, pathStyle }) => pathStyle || HOST_LABEL.test(bucket), {
    path: ['pathStyle'],
    message: 'must be true where the name of the bucket cannot be a part of the name of a host',
  });

/** An access key. */
export const s3CredentialsSchema = z.strictObject({
  accessKeyId: lineText(256),
  secretAccessKey: z.string().min(1).max(1000),
  sessionToken: z.string().min(1).max(10_000).optional().describe('Of temporary keys, which must be replaced in time'),
});

export type S3Place = z.infer<typeof s3PlaceSchema>;
export type S3Credentials = z.infer<typeof s3CredentialsSchema>;

/** The place for people and messages, and what tells it from others. */
export function s3Address({ endpoint, bucket, prefix }: S3Place): string {
  return prefix === '' ? `${endpoint}/${bucket}` : `${endpoint}/${bucket}/${prefix}`;
}

/** Where requests go. */
export function s3Destination({ endpoint, bucket, pathStyle }: S3Place) {
  const { protocol, port } = new URL(endpoint);
  const scheme = protocol.slice(0, -1);
  const host = pathStyle ? hostOf(endpoint) : `${bucket}.${hostOf(endpoint)}`;
  return { scheme, host, port: port === '' ? (scheme === 'http' ? 80 : 443) : Number(port) };
}

/** Whether what was given to log in to the one may be used at the other: only at the same service. */
export function isSameS3Login(one: S3Place, other: S3Place): boolean {
  return one.endpoint === other.endpoint;
}

/** The host of an endpoint, an IPv6 address without its brackets. */
function hostOf(endpoint: string): string {
  return new URL(endpoint).hostname.replace(/^\[(.*)\]$/, '$1');
}
