import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll } from 'vitest';

/** A mail as a server took it. */
interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecure: boolean;
  /** Headers and body as they came. */
  readonly text: string;
}

/** What a server does at a stage: nothing, or it refuses with a status. */
export interface Manners {
  readonly onRecipient?: (address: string) => number | undefined;
  readonly onMail?: () => number | undefined;
  /** It takes connections and says nothing. */
  readonly isSilent?: boolean;
}

/** A real mail server on a loopback address. */
export interface MailServer {
  readonly port: number;
  readonly mails: TakenMail[];
  manners: Manners;
}

export const ACCOUNT = { user: 'muster', password: 'open sesame' } as const;

const opened: SMTPServer[] = [];

/** Ends the servers of the file behind its tests. */
export function closeMailServers(): void {
  afterAll(() =>
    Promise.all(opened.splice(0).map((server) => new Promise<void>((resolve) => server.close(() => resolve())))),
  );
}

interface ServerOptions {
  readonly certificate?: Certificate;
  /** TLS from the first byte, not by STARTTLS. */
  readonly isImplicit?: boolean;
  readonly wantsLogin?: boolean;
}

/** Starts a mail server that takes everything unless told otherwise; without a certificate it knows no TLS. */
export async function startMailServer({ certificate, isImplicit = false, wantsLogin = false }: ServerOptions = {}) {
  const mails: TakenMail[] = [];
  const made: { manners: Manners } = { manners: {} };
  const server = new SMTPServer({
    ...(certificate ?? { disabledCommands: ['STARTTLS'], key: undefined }),
    ...{ secure: isImplicit, authOptional: !wantsLogin, logger: false, closeTimeout: 100 },
    onConnect: (_session, done) => {
      if (!made.manners.isSilent) done();
    },
    onAuth: ({ username, password }, _session, done) => {
      const isRight = username === ACCOUNT.user && password === ACCOUNT.password;
      done(isRight ? null : refusal(535), isRight ? { user: username } : undefined);
    },
    onRcptTo: ({ address }, _session, done) => done(refusal(made.manners.onRecipient?.(address))),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const status = made.manners.onMail?.();
        if (status !== undefined) return done(refusal(status));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          user: session.user === undefined ? undefined : String(session.user),
          isSecure: session.secure,
          text: Buffer.concat(chunks).toString(),
        });
        return done();
      });
    },
  });
  // Clients that break off are what some tests are about.
  server.on('error', () => {});
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(made, { port: (server.server.address() as AddressInfo).port, mails }) satisfies MailServer;
}

/** Every refusal says what must not be repeated to anybody. */
function refusal(status: number | undefined): (Error & { responseCode: number }) | null {
  return status === undefined ? null : Object.assign(new Error('secret words'), { responseCode: status });
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate that nobody but its maker trusts. @returns undefined where there is no openssl. */
export function selfMade(name: string): Certificate | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'mtls-'));
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-days', '2'];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
    execFileSync('openssl', [...args, '-out', cert, ...subject], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
