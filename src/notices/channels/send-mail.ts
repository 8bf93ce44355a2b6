import { createTransport } from 'nodemailer';
import { dialPinned } from '../../egress/dial.ts';
import type { Egress } from '../../egress/egress.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { AttemptResult } from './back-off.ts';
import type { MailText } from './mail-text.ts';

/** How a mail server is reached. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte; `starttls`: or not at all; `none`: in the clear. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly login: { readonly user: string; readonly password: string } | null;
}

/** A mail as it is to be handed over. */
export interface Mail extends MailText {
  /** The delivery's id: the Message-ID is made of it, so that a repeat is known as one. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** When the notice was given. */
  readonly date: Date;
  readonly isUrgent: boolean;
}

/** Longest answer of a server that is read. */
const ANSWER_BYTES_MAX = 16 * 1024;

/**
 * Hands a mail to a server once, over a connection of its own to the pinned address. Certificates are checked against the name.
 * Never throws: what cannot be reached is a result, too.
 */
export async function sendMail(
  egress: Egress,
  server: MailServer,
  mail: Mail,
  timeoutMs: number,
): Promise<AttemptResult> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const code = await handOver(egress, server, mail, limit);
    return { outcome: 'delivered', status: code, detail: `answered ${code}`, isChannelWide: false };
  } catch (thrown) {
    if (limit.aborted) {
      const detail = `${server.host}:${server.port} did not answer within ${timeoutMs} ms`;
      return { outcome: 'failed', status: null, detail, isChannelWide: true };
    }
    return resultOf(thrown, server);
  }
}

async function handOver(egress: Egress, server: MailServer, mail: Mail, limit: AbortSignal): Promise<number> {
  const { host, port, security, login } = server;
  const to = await egress.pin({ scheme: security === 'tls' ? 'smtps' : 'smtp', host, port });
  const connection = await dialPinned(to, limit);
  // Nothing that the transport does ends a wait of its own later than this.
  const cut = () => connection.destroy();
  limit.addEventListener('abort', cut, { once: true });
  try {
    const transport = createTransport({
      ...{
        host,
        port,
        secure: security === 'tls',
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
      },
      ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
      tls: { host, rejectUnauthorized: true, minVersion: 'TLSv1.2', ...trusted(egress) },
      maxResponseSize: ANSWER_BYTES_MAX,
      socketCloseTimeout: 0,
      // It would look the name up itself otherwise, and connect to whatever that says.
      getSocket: (_options, done) => done(null, { connection }),
    });
    const { response } = await transport.sendMail(messageOfMail(mail));
    return Number(/^\d{3}/.exec(response)?.[0] ?? 250);
  } finally {
    limit.removeEventListener('abort', cut);
    connection.destroy();
  }
}

function trusted({ certificateAuthorities }: Egress) {
  return certificateAuthorities.length === 0 ? {} : { ca: [...certificateAuthorities] };
}

function messageOfMail({ id, from, to, subject, text, date, isUrgent }: Mail) {
  return {
    // As objects: a text would be read as a list of addresses.
    from: { name: 'Muster', address: from },
    to: { name: '', address: to },
    envelope: { from, to: [to] },
    messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    date,
    subject,
    text,
    priority: isUrgent ? ('high' as const) : ('normal' as const),
    // Nobody's absence is to be answered to it (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableUrlAccess: true,
    disableFileAccess: true,
  };
}

/** What the transport says of a failure. Its message holds what the server wrote, so it goes nowhere. */
interface TransportFailure {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly command?: unknown;
}

function resultOf(thrown: unknown, { host, port }: MailServer): AttemptResult {
  if (thrown instanceof AppError) {
    return { outcome: 'failed', status: null, detail: messageOf(thrown), isChannelWide: true };
  }
  const { code, responseCode, command } = thrown as TransportFailure;
  const stage = typeof command === 'string' && /^[A-Z][A-Z ]{1,30}$/.test(command) ? command : 'the connection';
  if (typeof responseCode !== 'number') {
    const reason = typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? code : 'the connection ended';
    return {
      outcome: 'failed',
      status: null,
      detail: `${host}:${port} failed at ${stage}: ${reason}`,
      isChannelWide: true,
    };
  }
  const answered = { status: responseCode, detail: `answered ${responseCode} to ${stage}` } as const;
  // Greeting, login and 421 speak of the server or of our account, not of this mail.
  const isOfServer = responseCode === 421 || !/^(MAIL FROM|RCPT TO|DATA)$/.test(stage);
  if (responseCode >= 500 && !isOfServer) return { ...answered, outcome: 'refused', isChannelWide: false };
  return { ...answered, outcome: 'failed', isChannelWide: isOfServer };
}
