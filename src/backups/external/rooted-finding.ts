import type { Finding } from '../../verification/finding.ts';

/** Where the names of a finding begin. */
export type FindingPlace =
  /** Below a directory of the repository. */
  | { readonly below: string }
  /** A whole path that stands for this name. */
  | { readonly absolute: string; readonly name: string };

/** A finding whose file is named from the repository's root; so are those that follow from it. */
export function rooted(finding: Finding, place: FindingPlace): Finding {
  const consequences = finding.consequences?.map((consequence) => rooted(consequence, place));
  return { ...finding, ...namesOf(finding, place), ...(consequences === undefined ? {} : { consequences }) };
}

function namesOf({ file, message }: Finding, place: FindingPlace): Pick<Finding, 'file' | 'message'> {
  if ('below' in place) return { file: file === '.' ? place.below : `${place.below}/${file}`, message };
  return { file: file === place.absolute ? place.name : file, message: message.replaceAll(place.absolute, place.name) };
}
