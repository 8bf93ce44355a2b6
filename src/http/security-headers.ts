import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** For documents that we give out but did not make just now: nothing runs, nothing is loaded, no origin is theirs. */
export const DOCUMENT_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/** For a page of ours: its one style block is named by a nonce, forms go to us alone, and no script runs. */
export function pagePolicy(nonce: string): string {
  return `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;
}

/** The headers of every answer. Answers hold data that only their reader may see, so no cache keeps them. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  ...helmetHeaders(),
  'Cache-Control': 'no-store',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
};

/** What helmet sets is the same for every answer, so it is asked once. */
function helmetHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  const recorder = {
    setHeader: (name: string, value: string) => {
      headers[name] = value;
    },
    removeHeader: () => {},
  };
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
      },
    },
    // Subdomains are for whoever runs them to decide.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  setHeaders({} as IncomingMessage, recorder as unknown as ServerResponse, (failed?: unknown) => {
    if (failed) throw failed;
  });
  return headers;
}
