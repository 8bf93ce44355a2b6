/** How the page says whose style blocks are ours: its policy refuses every other one. */
export const STYLE_NONCE = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

/**
 * Gives every style block that a script makes the page's nonce. The components' library does so for its themes, but not where
 * it measures a scroll bar (each table) or keeps the page still behind a dialogue: the browser refused those.
 */
export function nameStyles(): void {
  const create = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    const made = create(name, options);
    if (made instanceof HTMLStyleElement) made.nonce = STYLE_NONCE;
    return made;
  };
}
