import { z } from 'zod';
import { encrypterTo } from '../../verification/age-recipients.ts';

const RECIPIENTS_MAX = 20;
/** Those that also resist quantum computers have about two thousand characters. */
const RECIPIENT_LENGTH_MAX = 4000;

/** age recipients (`age1...`): whoever holds the identity of any one of them can decrypt. */
export const recipientsSchema = z
  .array(
    z
      .string()
      .max(RECIPIENT_LENGTH_MAX)
      .refine(isRecipient, { message: 'must be an age recipient (age1...) as age-keygen prints it' }),
  )
  .max(RECIPIENTS_MAX)
  .refine((all) => new Set(all).size === all.length, { message: 'must name each recipient only once' })
  .describe('age recipients that new recovery points are encrypted to; empty: they are not encrypted');

function isRecipient(text: string): boolean {
  try {
    encrypterTo([text]);
    return true;
  } catch {
    // What the library says may quote the text: somebody who pasted an identity must not find it in an answer.
    return false;
  }
}
