// The layers, from the ground up. A folder may import folders of lower levels and, within its own level, only what
// `besides` names. Files named `*.routes.ts` and `*.jobs.ts` belong to level 4 wherever they lie.
const EDGE = String.raw`\.(routes|jobs)\.ts$`;
const LEVELS = [
  { folders: ['kernel', 'verification'], besides: { verification: ['kernel'] } },
  {
    folders: ['database', 'audit', 'auth', 'scheduling', 'secrets', 'egress', 'notices', 'signals'],
    besides: {
      audit: ['database', 'secrets'],
      auth: ['audit', 'database'],
      scheduling: ['audit', 'auth', 'database'],
      secrets: ['database'],
      notices: ['audit', 'auth', 'database', 'egress', 'scheduling', 'secrets'],
      signals: ['database'],
    },
  },
  {
    folders: ['people', 'sla', 'backups', 'inventory', 'licences', 'allocations', 'services'],
    besides: { allocations: ['inventory', 'licences'], services: ['allocations', 'inventory', 'licences'] },
  },
  {
    folders: ['drills', 'incidents', 'alerts', 'readiness', 'imports'],
    besides: { incidents: ['drills'], alerts: ['incidents', 'drills'], readiness: ['alerts', 'incidents', 'drills'] },
  },
  { folders: ['http'] },
];

const inFolders = (folders) => `^src/(${folders.join('|')})/`;

function folderRules() {
  return LEVELS.flatMap(({ folders, besides }, level) => {
    const below = LEVELS.slice(0, level).flatMap((lower) => lower.folders);
    return folders.map((folder) => ({
      name: `layer-${folder}`,
      comment: `src/${folder} imports lower layers only`,
      severity: 'error',
      from: { path: `^src/${folder}/`, pathNot: EDGE },
      to: { path: '^src/', pathNot: [inFolders([folder, ...below, ...(besides?.[folder] ?? [])])] },
    }));
  });
}

export default {
  forbidden: [
    ...folderRules(),
    {
      name: 'console-is-a-browser',
      comment: 'the console runs in browsers: it knows the server by its API alone',
      severity: 'error',
      from: { path: '^src/console/' },
      to: { path: '^src/', pathNot: '^src/console/' },
    },
    {
      name: 'console-is-apart',
      comment: 'the server knows the console as built files alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/console/' },
      to: { path: '^src/console/' },
    },
    {
      name: 'edge-not-composition',
      comment: 'routes and jobs are listed by the composition root, which they do not know',
      severity: 'error',
      from: { path: EDGE },
      to: { path: '^src/', pathNot: [inFolders(LEVELS.flatMap((level) => level.folders))] },
    },
    {
      name: 'edge-is-a-leaf',
      comment: 'only the composition root imports routes and jobs',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/[^/]+\\.ts$', '^src/(cli|composition)/'] },
      to: { path: EDGE },
    },
    {
      name: 'typeorm-in-persistence',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [String.raw`^src/(database/|entities\.ts$)`, String.raw`\.(entity|store|queries)\.ts$`],
      },
      to: { path: 'node_modules/typeorm' },
    },
    {
      name: 'express-in-http',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/http/'] },
      to: { path: 'node_modules/(@types/)?express/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-tests-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
