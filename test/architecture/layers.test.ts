import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cruiseLayers } from '../../scripts/check-layers.ts';

describe('the layer gate', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'muster-layers-'));
  });

  afterEach(async () => {
    await rm(root, { recursive: true });
  });

  async function plant(files: Record<string, string>) {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return cruiseLayers(root);
  }

  const leaf = 'export const value = 1;\n';
  const importing = (path: string) => `import { value } from '${path}';\nexport const other = value;\n`;

  test('lets imports run downwards', async () => {
    const { violations, modulesRead } = await plant({
      'src/kernel/low.ts': leaf,
      'src/drills/high.ts': importing('../kernel/low.ts'),
    });
    expect(violations).toEqual([]);
    expect(modulesRead).toBe(2);
  });

  test.each([
    ['upwards', { 'src/drills/high.ts': leaf, 'src/kernel/low.ts': importing('../drills/high.ts') }, 'layer-kernel'],
    ['between siblings', { 'src/sla/a.ts': leaf, 'src/backups/b.ts': importing('../sla/a.ts') }, 'layer-backups'],
    [
      'from a domain to a route',
      { 'src/sla/a.routes.ts': leaf, 'src/sla/b.ts': importing('./a.routes.ts') },
      'edge-is-a-leaf',
    ],
    [
      'from a route to the root',
      { 'src/main.ts': leaf, 'src/sla/a.routes.ts': importing('../main.ts') },
      'edge-not-composition',
    ],
    [
      'from what says what a signal is to whoever contributes one',
      { 'src/sla/a.ts': leaf, 'src/signals/b.ts': importing('../sla/a.ts') },
      'layer-signals',
    ],
    [
      'of the server into the console',
      { 'src/kernel/a.ts': leaf, 'src/console/b.tsx': importing('../kernel/a.ts') },
      'console-is-a-browser',
    ],
    [
      'of the console into the server',
      { 'src/console/a.ts': leaf, 'src/http/b.ts': importing('../console/a.ts') },
      'console-is-apart',
    ],
    ['to nothing', { 'src/sla/a.ts': importing('./missing.ts') }, 'not-to-unresolvable'],
    [
      'in a circle',
      { 'src/sla/a.ts': importing('./b.ts'), 'src/sla/b.ts': importing('./a.ts').replace('other', 'value') },
      'no-circular',
    ],
  ])('sees an import %s', async (_, files, rule) => {
    const { violations } = await plant(files as Record<string, string>);
    expect(violations.map((line) => line.split(':')[0])).toContain(rule);
  });

  test('sees a type-only import upwards', async () => {
    const { violations } = await plant({
      'src/http/high.ts': 'export type High = 1;\n',
      'src/audit/low.ts': "import type { High } from '../http/high.ts';\nexport type Low = High;\n",
    });
    expect(violations).toEqual(['layer-audit: src/audit/low.ts -> src/http/high.ts']);
  });

  test('reads every file of this project', async () => {
    const { modulesRead, filesThere } = await cruiseLayers(join(import.meta.dirname, '..', '..'));
    expect(modulesRead).toBe(filesThere);
    expect(filesThere).toBeGreaterThan(30);
  });
});
