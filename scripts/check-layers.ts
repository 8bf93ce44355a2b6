// The layer gate. Fails on a violation, and when fewer modules were read than there are files: a cruise that sees
// nothing finds nothing, and would be green.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise, type IConfiguration, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

/** Reads the modules below `folder` of the project at `root` against the project's layer rules. */
export async function cruiseLayers(root: string, folder = 'src') {
  const rules = (await import(join(import.meta.dirname, '..', '.dependency-cruiser.mjs'))) as {
    default: IConfiguration;
  };
  const options: ICruiseOptions = {
    ...rules.default.options,
    ruleSet: { forbidden: rules.default.forbidden ?? [] },
    validate: true,
    baseDir: root,
  };
  const tsConfig = extractTSConfig(join(import.meta.dirname, '..', 'tsconfig.json'));
  const result = await cruise([folder], options, undefined, { tsConfig });
  const { modules, summary } = result.output as ICruiseResult;
  const entries = await readdir(join(root, folder), { recursive: true });
  const isCode = (path: string) => /\.(ts|tsx|mjs)$/.test(path);
  return {
    violations: summary.violations.map((violation) => `${violation.rule.name}: ${violation.from} -> ${violation.to}`),
    modulesRead: modules.filter(({ source }) => source.startsWith(`${folder}/`) && isCode(source)).length,
    filesThere: entries.filter(isCode).length,
  };
}

if (import.meta.main) {
  const { violations, modulesRead, filesThere } = await cruiseLayers(join(import.meta.dirname, '..'));
  for (const violation of violations) console.log(violation);
  console.log(`${modulesRead} modules read, ${filesThere} files there, ${violations.length} violations`);
  process.exitCode = violations.length > 0 || modulesRead < filesThere ? 1 : 0;
}
