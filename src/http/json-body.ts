import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../kernel/errors.ts';
import { invalidInput } from './field-problems.ts';
import { checkJsonValue } from './json-value.ts';

/** What a request brought as its body. */
export interface JsonBody {
  /** Undefined when there was none. */
  readonly value: unknown;
  /** The bytes as they came, for the request's digest. */
  readonly raw: Uint8Array;
}

/**
 * Reads a JSON body: UTF-8, not compressed, no larger than the limit, every string fit for PostgreSQL.
 * What is too large is refused as soon as that is known, not when it has all arrived.
 * @throws AppError `too-large`, `unsupported`, `invalid` (`malformed-json`, `invalid-body`, `body-cut-short`).
 */
export async function readJsonBody(request: IncomingMessage, bodyBytesMax: number): Promise<JsonBody> {
  if (!hasBody(request)) return { value: undefined, raw: new Uint8Array() };
  requireJson(request);
  const raw = await readBytes(request, bodyBytesMax);
  if (raw.byteLength === 0) return { value: undefined, raw };
  const value = parseJson(raw);
  checkJsonValue(value);
  return { value, raw };
}

function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

function requireJson(request: IncomingMessage): void {
  const { 'content-type': type = 'no type', 'content-encoding': encoding = 'identity' } = request.headers;
  const [mediaType = '', ...parameters] = type.toLowerCase().split(/\s*;\s*/);
  if (mediaType.trim() !== 'application/json') {
    const message = `The body must be application/json, not ${type.slice(0, 100)}`;
    throw new AppError('unsupported', 'unsupported-media-type', message);
  }
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (encoding !== 'identity' || (charset !== undefined && !/^"?utf-8"?$/.test(charset))) {
    throw new AppError('unsupported', 'unsupported-encoding', 'The body must be UTF-8 and not compressed');
  }
}

/** Reads the whole body. What comes after a refusal is read and forgotten, so that the client gets to read its answer. */
function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const tooLarge = () =>
    new AppError('too-large', 'body-too-large', `The body is larger than ${bytesMax} bytes: send less at once`);
  if (Number(request.headers['content-length']) > bytesMax) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const collect = (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      request.off('data', collect);
      request.resume();
      reject(tooLarge());
    };
    request.on('data', collect);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', () => reject(cutShort()));
    request.once('close', () => {
      if (!request.readableEnded) reject(cutShort());
    });
  });
}

function parseJson(raw: Buffer): unknown {
  if (!isUtf8(raw)) throw malformed('its bytes are not UTF-8');
  try {
    return JSON.parse(raw.toString());
  } catch (thrown) {
    // The parser's message quotes the input, which may hold a secret; only the position is passed on.
    const position = /at position (\d+)/.exec(String(thrown))?.[1];
    throw malformed(position === undefined ? 'it ends too early' : `the mistake is at character ${position}`);
  }
}

function malformed(what: string): AppError {
  const fields = [{ field: '#', message: `is not JSON: ${what}` }];
  return new AppError('invalid', 'malformed-json', `The body is not JSON: ${what}`, { fields });
}

/** The error for a body that ends before it should. */
export function cutShort(): AppError {
  return invalidInput('body', [{ field: '#', message: 'ended before its stated length' }]);
}
