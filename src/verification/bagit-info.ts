/** The names of the file with a bag's metadata: the drafts before 0.96 had another one. */
export const BAG_INFO_FILES = ['bag-info.txt', 'package-info.txt'] as const;

/** Octets and files of the payload, as the writer counted them. */
export interface PayloadOxum {
  readonly sizeBytes: number;
  readonly fileCount: number;
}

/**
 * The `Payload-Oxum` of `bag-info.txt` (RFC 8493, 2.2.2): `octets.files`. `broken` when it stands there in another form;
 * undefined when it does not stand there. Blanks around the colon and upper or lower case do not matter.
 */
export function payloadOxumIn(text: string): PayloadOxum | 'broken' | undefined {
  const values = [...text.matchAll(/^Payload-Oxum[ \t]*:[ \t]*(.*?)[ \t]*$/gim)].map((match) => match[1] ?? '');
  const [value] = values;
  if (value === undefined) return undefined;
  const match = /^(\d{1,15})\.(\d{1,9})$/.exec(value);
  if (match === null || values.some((other) => other !== value)) return 'broken';
  return { sizeBytes: Number(match[1]), fileCount: Number(match[2]) };
}
