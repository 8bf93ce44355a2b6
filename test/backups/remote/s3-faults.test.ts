import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { faultOf } from '../../../src/backups/remote/remote-fault.ts';
import type { S3Place } from '../../../src/backups/remote/s3/s3-place.ts';
import { S3Store } from '../../../src/backups/remote/s3/s3-store.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { listen } from '../../egress/server.ts';
import { S3_EGRESS } from './support/swift.ts';

// What a server that works does not answer. What it answers here is in the words of Amazon's documentation.
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const EMPTY =
  '<?xml version="1.0"?><ListBucketResult><Name>backups</Name><IsTruncated>false</IsTruncated></ListBucketResult>';
const PLACE = { kind: 's3', region: 'us-east-1', bucket: 'backups', prefix: 'muster', pathStyle: true } as const;
const SECRET = 'the-secret-key-itself';
const { signal } = new AbortController();
const directory = mkdtempSync(join(tmpdir(), 'muster-s3-'));
let server: Server;
let place: S3Place;
let answer: Answer;
const asked: IncomingMessage[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  place = { ...PLACE, endpoint: `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}` };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  asked.length = 0;
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const says = (status: number, body: string, headers = {}): Answer => {
  return (_, response) => void response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
};
const refuses = (status: number, code: string) =>
  says(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${SECRET} is no good</Message></Error>`);

async function look(changes: Partial<S3Place> = {}, egress = S3_EGRESS) {
  const credentials = { accessKeyId: 'KEY', secretAccessKey: SECRET };
  const store = new S3Store({ place: { ...place, ...changes }, credentials, egress, pauseMs: 1, silentMsMax: 2000 });
  try {
    return { found: await store.look('', signal) };
  } catch (thrown) {
    return { code: faultOf(thrown)?.code, message: (thrown as Error).message };
  } finally {
    await store.close();
  }
}

test.each([
  [403, 'InvalidAccessKeyId', 'authentication-refused'],
  [403, 'SignatureDoesNotMatch', 'authentication-refused'],
  [400, 'ExpiredToken', 'authentication-refused'],
  [403, 'AccessDenied', 'no-permission-to-list'],
  [403, 'RequestTimeTooSkewed', 'clock-differs'],
  [404, 'NoSuchBucket', 'not-there'],
  [301, 'PermanentRedirect', 'served-elsewhere'],
  [400, 'AuthorizationHeaderMalformed', 'served-elsewhere'],
  [507, 'InsufficientStorage', 'disk-full'],
  [400, 'InvalidRequest', 'input-output-error'],
])('%i %s is told as %s, once, and nothing that the server writes is repeated', async (status, name, code) => {
  answer = refuses(status, name);
  const refused = await look();
  expect(refused.code).toBe(code);
  expect(refused.message).not.toContain(SECRET);
  expect(asked).toHaveLength(1);
});

test.each([
  ['a page', says(200, '<!DOCTYPE html><html><body><br>Welcome</body></html>', { 'content-type': 'text/html' })],
  ['a page that is not there', says(404, '<html><h1>Not found</h1></html>', { 'content-type': 'text/html' })],
  ['another document', says(200, '<?xml version="1.0"?><feed><title>News</title></feed>')],
  ['no answer of HTTP', (request: IncomingMessage) => void request.socket.end('220 mail.example.net ESMTP\r\n')],
])('who answers with %s is no object store', async (_, given) => {
  answer = given;
  expect((await look()).code).toBe('not-an-object-store');
});

test('no redirect is followed, wherever it leads', async () => {
  const elsewhere: string[] = [];
  const other = createServer((request, response) => {
    elsewhere.push(request.url ?? '');
    response.end(EMPTY);
  });
  const port = await listen(other, '127.0.0.1', 0);
  for (const status of [301, 302, 307, 308]) {
    answer = says(status, '', { location: `http://127.0.0.1:${port}/backups`, 'x-amz-bucket-region': 'eu-west-1' });
    expect((await look()).code).toBe('served-elsewhere');
  }
  other.close();
  expect(elsewhere).toEqual([]);
});

test('a store that is busy is asked again, and one that stays so is said to be', async () => {
  answer = (request, response) => (asked.length < 3 ? refuses(503, 'SlowDown') : says(200, EMPTY))(request, response);
  expect((await look()).found?.type).toBe('directory');
  expect(asked).toHaveLength(3);
  answer = refuses(500, 'InternalError');
  expect((await look()).code).toBe('busy');
});

test('a part that was not asked for is not put behind what is there already', async () => {
  answer = says(200, 'the whole file', { etag: '"1"' });
  const credentials = { accessKeyId: 'KEY', secretAccessKey: SECRET };
  const store = new S3Store({ place, credentials, egress: S3_EGRESS });
  const reading = store.read('file', { offset: 4, tag: '"1"' }, signal).toArray();
  await expect(reading).rejects.toThrow('does not give the part');
  answer = says(200, 'another file', { etag: '"2"' });
  await expect(store.read('file', { offset: 0, tag: '"1"' }, signal).toArray()).rejects.toThrow('changed while');
  await store.close();
});

test('a store that does not list in the order of the keys is not believed', async () => {
  const objects = ['b', 'a'].map((key) => `<Contents><Key>muster/${key}</Key><Size>1</Size></Contents>`).join('');
  answer = says(200, EMPTY.replace('</ListBucketResult>', `${objects}</ListBucketResult>`));
  const store = new S3Store({ place, credentials: { accessKeyId: 'KEY', secretAccessKey: SECRET }, egress: S3_EGRESS });
  await expect(store.list('', () => true, signal).next()).rejects.toThrow('order');
  await store.close();
});

test('nothing is taken from the environment, from files of the SDK, or from the cloud that it runs in', async () => {
  mkdirSync(join(directory, '.aws'));
  const profile = 'endpoint_url = http://127.0.0.1:9\nregion = eu-west-1\nmax_attempts = 5\n';
  writeFileSync(join(directory, '.aws/config'), `[default]\n${profile}use_fips_endpoint = true\n`);
  writeFileSync(
    join(directory, '.aws/credentials'),
    '[default]\naws_access_key_id = FILE\naws_secret_access_key = x\n',
  );
  const stubbed = {
    HOME: directory,
    AWS_ACCESS_KEY_ID: 'ENVIRONMENT',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_SESSION_TOKEN: 'x',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9',
    AWS_MAX_ATTEMPTS: '5',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/credentials',
    HTTP_PROXY: 'http://127.0.0.1:9',
  };
  for (const [name, value] of Object.entries(stubbed)) vi.stubEnv(name, value);
  answer = refuses(403, 'AccessDenied');
  expect((await look()).code).toBe('no-permission-to-list');
  expect(asked).toHaveLength(1);
  const { authorization, 'x-amz-security-token': token } = asked[0]?.headers ?? {};
  expect(authorization).toMatch(/Credential=KEY\/\d{8}\/us-east-1\/s3\/aws4_request/);
  expect(token).toBeUndefined();
  // Temporary keys are sent as they were given.
  answer = says(200, EMPTY);
  const credentials = { accessKeyId: 'KEY', secretAccessKey: SECRET, sessionToken: 'of-the-key' };
  const store = new S3Store({ place, credentials, egress: S3_EGRESS });
  await store.look('', signal);
  await store.close();
  expect(asked.at(-1)?.headers['x-amz-security-token']).toBe('of-the-key');
});

test('bytes are sent with their digest, which the signature covers', async () => {
  const location = join(directory, 'file');
  writeFileSync(location, 'muster');
  const store = new S3Store({ place, credentials: { accessKeyId: 'KEY', secretAccessKey: SECRET }, egress: S3_EGRESS });
  answer = (request, response) => {
    if (request.url?.includes('list-type') === true) return says(200, EMPTY)(request, response);
    return says(request.method === 'PUT' ? 200 : 404, '')(request, response);
  };
  await expect(store.put([{ location, path: 'file' }], { signal })).rejects.toThrow('does not hold all');
  await store.close();
  const { headers } = asked.find(({ method }) => method === 'PUT') ?? {};
  expect(headers?.['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  expect(headers?.['if-none-match']).toBe('*');
  expect(headers?.expect).toBeUndefined();
});

function findOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test.skipIf(!findOpenssl())(
  'a certificate must prove the name of the endpoint, though its address is pinned',
  async () => {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = ['-subj', '/CN=right.test', '-addext', 'subjectAltName=DNS:right.test', '-days', '2'];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
    execFileSync('openssl', [...args, '-out', cert, ...subject], { stdio: 'ignore' });
    const secure = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
      response.end(EMPTY),
    );
    const port = await listen(secure, '127.0.0.1', 0);
    const egress = createEgress({ allowList: ['https://127.0.0.1:*'], resolve: async () => ['127.0.0.1'] });
    const before = getCACertificates('default');
    const strange = await look({ endpoint: `https://right.test:${port}` }, egress);
    expect(strange.code).toBe('certificate-refused');
    expect(strange.message).toContain('NODE_EXTRA_CA_CERTS');
    setDefaultCACertificates([...before, readFileSync(cert, 'utf8')]);
    try {
      expect((await look({ endpoint: `https://right.test:${port}` }, egress)).found?.type).toBe('directory');
      expect((await look({ endpoint: `https://wrong.test:${port}` }, egress)).code).toBe('certificate-refused');
    } finally {
      setDefaultCACertificates(before);
      secure.closeAllConnections();
      secure.close();
    }
  },
);
