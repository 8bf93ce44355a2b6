import { Encrypter } from 'age-encryption';

/**
 * An encrypter of the age library for all of the recipients.
 * @throws Error of the library, which may quote the text, when one of them is no recipient.
 */
export function encrypterTo(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter;
}
