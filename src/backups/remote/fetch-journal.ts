import { appendFile, readFile, rm, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { RemoteEntry } from './remote-store.ts';

const lineSchema = z.object({ path: z.string(), tag: z.string() });

/**
 * Says of which version the files are that were fetched, or begun, into a directory, so that another process goes on with them.
 * It means something on the machine that wrote it only, and until that is started again.
 */
export class FetchJournal {
  readonly #location: string;
  readonly #tags: Map<string, string>;

  private constructor(location: string, tags: Map<string, string>) {
    this.#location = location;
    this.#tags = tags;
  }

  /** One that is not there says nothing; nor does a line that was cut off. */
  static async open(location: string): Promise<FetchJournal> {
    const text = await readFile(location, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'ENOENT') throw thrown;
      return '';
    });
    const tags = new Map<string, string>();
    for (const line of text.split('\n')) {
      const said = parsed(line);
      if (said !== undefined) tags.set(said.path, said.tag);
    }
    return new FetchJournal(location, tags);
  }

  /** How many bytes of this very version lie at the location. */
  async bytesOf({ path, tag, sizeBytes }: RemoteEntry, location: string): Promise<number> {
    if (tag === undefined || this.#tags.get(path) !== tag) return 0;
    const there = await stat(location).catch(() => undefined);
    return there !== undefined && there.size <= sizeBytes ? there.size : 0;
  }

  /** The same; where it is none, nothing is there from now on, and what is written there is of this version. */
  async begin(entry: RemoteEntry, location: string): Promise<number> {
    const bytes = await this.bytesOf(entry, location);
    if (bytes > 0) return bytes;
    const { path, tag } = entry;
    await rm(location, { force: true });
    if (tag === undefined) return 0;
    await appendFile(this.#location, `${JSON.stringify({ path, tag })}\n`);
    this.#tags.set(path, tag);
    return 0;
  }
}

function parsed(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
