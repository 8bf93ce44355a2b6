import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A bag to be made: payload by path below `data/`, and what departs from a sound bag of version 1.0. */
export interface BagPlan {
  readonly payload?: Readonly<Record<string, string | Buffer>>;
  readonly version?: string;
  readonly encoding?: string;
  /** As they stand in the names of manifests; `createHash` knows them too. */
  readonly algorithms?: readonly string[];
  readonly tagAlgorithms?: readonly string[];
  /** Tag files by name, over those that are made. */
  readonly tags?: Readonly<Record<string, string | Buffer>>;
  /** Lines of payload manifests besides those of the payload. */
  readonly lines?: readonly string[];
  /** How a payload path is written in manifests. */
  readonly listedAs?: (path: string) => string;
}

export const PAYLOAD: Readonly<Record<string, string>> = { 'a.txt': 'text of a', 'd/b.bin': 'text of b', empty: '' };

/** Makes a bag in a directory; a sound one when the plan says nothing else. */
export async function makeBag(directory: string, plan: BagPlan = {}): Promise<string> {
  const payload = Object.entries(plan.payload ?? PAYLOAD).map(
    ([path, data]) => [`data/${path}`, Buffer.from(data)] as const,
  );
  const listedAs = plan.listedAs ?? ((path: string) => path);
  const manifests = (plan.algorithms ?? ['sha256', 'sha512']).map((algorithm) => {
    const lines = payload.map(([path, data]) => `${digest(algorithm, data)}  ${listedAs(path)}`);
    return [
      `manifest-${algorithm}.txt`,
      [...lines, ...(plan.lines ?? [])].map((line) => `${line}\n`).join(''),
    ] as const;
  });
  const sizeBytes = payload.reduce((sum, [, data]) => sum + data.length, 0);
  const tags: Record<string, string | Buffer> = {
    'bagit.txt': `BagIt-Version: ${plan.version ?? '1.0'}\nTag-File-Character-Encoding: ${plan.encoding ?? 'UTF-8'}\n`,
    'bag-info.txt': `Source-Organization: Example\nPayload-Oxum: ${sizeBytes}.${payload.length}\n`,
    ...Object.fromEntries(manifests),
    ...plan.tags,
  };
  for (const algorithm of plan.tagAlgorithms ?? ['sha256']) {
    const lines = Object.entries(tags).map(([name, text]) => `${digest(algorithm, text)}  ${name}\n`);
    tags[`tagmanifest-${algorithm}.txt`] = lines.join('');
  }
  await mkdir(join(directory, 'data'), { recursive: true });
  for (const [path, data] of [...payload, ...Object.entries(tags)]) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), data);
  }
  return directory;
}

function digest(algorithm: string, data: string | Buffer): string {
  return createHash(algorithm).update(data).digest('hex');
}
