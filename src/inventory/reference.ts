const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id that a text is, when somebody names a thing by it; null when the text is something else. */
export function idIn(text: string): string | null {
  return UUID.test(text) ? text : null;
}
