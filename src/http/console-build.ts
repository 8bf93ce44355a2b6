import { hash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** One file of the built console. */
export interface ConsoleFile {
  readonly contentType: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

/** The console as it was built: its one page, and what the page loads by path. */
export interface ConsoleBuild {
  readonly page: string;
  readonly files: ReadonlyMap<string, ConsoleFile>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/**
 * Reads the built console into memory, some 6 MB. So a console that is built anew under a running service changes nothing for
 * those who have it open: page and files stay of one piece until the next start. Undefined when there is none.
 */
export function readConsoleBuild(directory: string): ConsoleBuild | undefined {
  const page = contentOf(join(directory, 'index.html'))?.toString('utf8');
  if (page === undefined) return undefined;
  const names = globSync(`**/*{${Object.keys(CONTENT_TYPES).join()}}`, { cwd: directory });
  return { page, files: new Map(names.map((name) => [`/${name}`, consoleFile(join(directory, name))])) };
}

function consoleFile(path: string): ConsoleFile {
  const plain = readFileSync(path);
  return {
    contentType: CONTENT_TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${hash('sha256', plain, 'base64url')}"`,
    plain,
    br: contentOf(`${path}.br`),
    gzip: contentOf(`${path}.gz`),
  };
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
