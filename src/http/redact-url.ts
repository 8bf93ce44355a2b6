import { redactSecrets } from '../auth/secret.ts';

/** Query parameters whose values are never told, beside anything that looks like a secret of ours. */
const SECRET_PARAMETERS = /([?&](?:token|secret|key|password|signature)=)[^&]*/gi;

/** In the address of a ping, and of what a customer sees, the second segment is the secret, in whatever way it is written. */
const SECRET_SEGMENT = /^\/(ping|case)\/[^/?]+/;

/** A path, with or without query, without secrets: for logs and answers. */
export function redactUrl(url: string): string {
  const plain = url.replace(SECRET_SEGMENT, '/$1/[redacted]');
  return redactSecrets(plain.includes('?') ? plain.replaceAll(SECRET_PARAMETERS, '$1[redacted]') : plain);
}
