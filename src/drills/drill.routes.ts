import { z } from 'zod';
import { originOf } from '../auth/actor.ts';
import { pageOf, pageQuery, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineDocument, defineRead, defineWrite, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import { evidenceBundle } from './bundle.ts';
import type { DrillCatalogue } from './catalogue.ts';
import { cancelRun, requestRun } from './drill.service.ts';
import { drillDetailSchema, drillSchema, drillView, runDetailSchema, runSchema, runView } from './drill.views.ts';
import type { ConclusionDeps } from './drill-deps.ts';
import { drillName, drillNameParams } from './drill-name.ts';
import { EXAMPLE_OUTLINE, outlineView } from './drill-outline.ts';
import { listRuns } from './drill-run.queries.ts';
import { nextDueOf } from './drill-schedule.ts';
import { reportSchema } from './report.ts';
import { reportHtml } from './report-html.ts';
import { junitOf } from './report-junit.ts';
import { preferredLanguage, REPORT_LANGUAGES } from './report-language.ts';
import { EXAMPLE_DRILL, EXAMPLE_RUN, EXAMPLE_RUN_DETAIL } from './route-examples.ts';
import { RUN_MODES, RUN_STATUSES, VERDICT_OUTCOMES } from './run.ts';
import { readRunDetail } from './run-detail.ts';
import { evidenceOf } from './run-evidence.ts';
import { runRequest } from './run-request.ts';

export interface DrillRoutesDeps extends ConclusionDeps {
  readonly catalogue: DrillCatalogue;
  readonly queue: JobQueue;
}

/** Drills, their runs, and the reports and evidence of the runs. */
export const drillRoutes = (deps: DrillRoutesDeps): Route[] => [
  listDrills(deps),
  getDrill(deps),
  runDrill(deps),
  listDrillRuns,
  getDrillRun(deps),
  cancelDrillRun(deps),
  reportJson,
  reportPage,
  reportXml,
  bundle(deps),
];

const common = { tag: 'drills' } as const;
const listDrills = ({ catalogue }: DrillRoutesDeps) =>
  defineRead({
    ...common,
    path: '/drills',
    operationId: 'listDrills',
    summary: 'Drills by name, read anew; a file that is no drill is listed with its problems',
    permission: 'drill.read',
    query: pageQueryBy(z.string().max(300)),
    response: pageSchema(drillSchema),
    examples: { response: { items: [EXAMPLE_DRILL], next: null } },
    handle: async ({ query }) => {
      const files = (await catalogue.refresh()).filter((file) => file.name > (query.after ?? ''));
      const page = pageOf(files.slice(0, query.limit + 1), query.limit, (file) => file.name);
      return { body: { items: page.items.map(drillView), next: page.next } };
    },
  });

const getDrill = ({ catalogue }: DrillRoutesDeps) =>
  defineRead({
    ...common,
    path: '/drills/{name}',
    operationId: 'getDrill',
    summary: 'One drill with the text of its file, and what a run of it can be given',
    permission: 'drill.read',
    errors: ['unknown-drill'],
    params: drillNameParams,
    response: drillDetailSchema,
    examples: {
      response: {
        ...{ ...EXAMPLE_DRILL, ...EXAMPLE_OUTLINE, text: 'apiVersion: muster/v1\nkind: Drill\n' },
        nextDueAt: '2026-11-29T03:30:00Z',
      },
    },
    handle: async ({ db, params }) => {
      const file = (await catalogue.refresh()).find((candidate) => candidate.name === params.name);
      if (!file) throw new AppError('not-found', 'unknown-drill', `There is no drill named ${params.name}`);
      const nextDueAt = (await nextDueOf(db, file.name))?.toISOString() ?? null;
      return { body: { ...drillView(file), ...outlineView(file), text: file.text, nextDueAt } };
    },
  });

const runDrill = (deps: DrillRoutesDeps) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/drills/{name}/run',
    operationId: 'runDrill',
    summary: 'Run a drill now; its time counts from here. Follow it at /drill-runs/{id}',
    permission: 'drill.operate',
    errors: [
      ...['unknown-drill', 'bad-definition', 'bad-parameters', 'bad-participants', 'drill-running', 'person-needed'],
      ...['recovery-not-confirmed', 'recovery-unexplained', 'recovery-mode-needed', 'nothing-to-recover'],
      'looser-objectives',
      ...['no-open-case', 'case-of-other-service'],
    ],
    params: drillNameParams,
    query: z.strictObject({
      mode: z
        .enum(RUN_MODES)
        .default('full')
        .describe(
          '`availability`: hold spares and seats, look the backup up, give all back; nothing is restored. `recovery`: for a real incident',
        ),
    }),
    body: runRequest.prefault({}),
    status: 202,
    response: z.object({ runId: z.uuid() }),
    examples: { body: { parameters: { region: 'north' } }, response: { runId: EXAMPLE_RUN.id } },
    handle: async (request) => {
      const { recovery: start, ...body } = request.body;
      const recovery = start && { ...start, person: request.principal };
      const { runId } = await requestRun(request.tx, deps, originOf(request), {
        ...{ drill: request.params.name, mode: request.query.mode, recovery },
        ...body,
      });
      return { body: { runId }, location: `/drill-runs/${runId}` };
    },
  });

const listDrillRuns = defineRead({
  ...common,
  path: '/drill-runs',
  operationId: 'listDrillRuns',
  summary: 'Drill runs from the newest down, skipped and interrupted ones included',
  permission: 'drill.read',
  query: pageQuery.extend({
    drill: drillName.optional().describe('Only runs of this drill'),
    mode: z.enum(RUN_MODES).optional().describe('Only runs of this kind'),
    service: lineText(120).optional().describe('Only runs for this service, as the register names it'),
    status: z.enum(RUN_STATUSES).optional().describe('Only runs of this status'),
    procedure: z.enum(VERDICT_OUTCOMES).optional().describe('Only runs with this verdict about the procedure'),
    from: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('Only runs that were triggered at this instant or later'),
    until: z.iso.datetime({ offset: true }).optional().describe('Only runs that were triggered before this instant'),
  }),
  response: pageSchema(runSchema),
  examples: { response: { items: [EXAMPLE_RUN], next: null } },
  handle: async ({ db, query }) => {
    const runs = await listRuns(db, query, { limit: query.limit + 1, before: query.after });
    const page = pageOf(runs, query.limit, (run) => run.id);
    return { body: { items: page.items.map(runView), next: page.next } };
  },
});

const getDrillRun = ({ keyring }: DrillRoutesDeps) =>
  defineRead({
    ...common,
    path: '/drill-runs/{id}',
    operationId: 'getDrillRun',
    summary: 'One drill run: live phases and progress while it runs, verdicts and evidence afterwards',
    permission: 'drill.read',
    errors: ['unknown-run'],
    params: idParams,
    response: runDetailSchema,
    examples: { response: EXAMPLE_RUN_DETAIL },
    handle: async ({ db, params }) => {
      const body = await readRunDetail(db, keyring, params.id);
      return { body, version: body.version };
    },
  });

const cancelDrillRun = (deps: DrillRoutesDeps) =>
  defineWrite({
    ...common,
    method: 'post',
    path: '/drill-runs/{id}/cancel',
    operationId: 'cancelDrillRun',
    summary: 'Cancel a run: it stops within seconds, cleans up, and ends as aborted',
    permission: 'drill.operate',
    errors: ['unknown-run', 'run-ended'],
    params: idParams,
    status: 202,
    response: runSchema,
    examples: { response: { ...EXAMPLE_RUN, status: 'running', finishedAt: null } },
    handle: async (request) => ({
      body: runView(await cancelRun(request.tx, deps, originOf(request), request.params.id)),
    }),
  });

const reportJson = defineDocument({
  ...common,
  path: '/drill-runs/{id}/report.json',
  operationId: 'getDrillReport',
  summary: 'The report of an ended run, byte for byte as it was signed',
  permission: 'drill.read',
  errors: ['unknown-run', 'no-report'],
  params: idParams,
  contentTypes: ['application/json'],
  handle: async ({ db, params }) => ({
    contentType: 'application/json; charset=utf-8',
    content: (await evidenceOf(db, params.id)).report,
  }),
});

const reportPage = defineDocument({
  ...common,
  path: '/drill-runs/{id}/report.html',
  operationId: 'getDrillReportPage',
  summary: 'The report of an ended run as one page, for the screen and for paper, in English or Chinese',
  permission: 'drill.read',
  errors: ['unknown-run', 'no-report'],
  params: idParams,
  query: z.strictObject({
    lang: z.enum(REPORT_LANGUAGES).optional().describe('Without it, what `Accept-Language` prefers; else English'),
  }),
  contentTypes: ['text/html'],
  handle: async ({ db, params, query, headers }) => {
    const evidence = await evidenceOf(db, params.id);
    const language = preferredLanguage(query.lang, headers['accept-language']);
    const content = reportHtml(reportSchema.parse(JSON.parse(evidence.report)), evidence, language);
    return { contentType: 'text/html; charset=utf-8', content };
  },
});

const reportXml = defineDocument({
  ...common,
  path: '/drill-runs/{id}/report.xml',
  operationId: 'getDrillReportXml',
  summary: 'The report of an ended run as JUnit XML, for build servers',
  permission: 'drill.read',
  errors: ['unknown-run', 'no-report'],
  params: idParams,
  contentTypes: ['application/xml'],
  handle: async ({ db, params }) => {
    const { report } = await evidenceOf(db, params.id);
    const content = await junitOf(reportSchema.parse(JSON.parse(report)));
    return { contentType: 'application/xml; charset=utf-8', content };
  },
});

const bundle = ({ keyring }: DrillRoutesDeps) =>
  defineDocument({
    ...common,
    path: '/drill-runs/{id}/bundle',
    operationId: 'getDrillEvidence',
    summary: 'The evidence of an ended run as a zip: report, definition, digests, signature, public key',
    permission: 'drill.read',
    errors: ['unknown-run', 'no-report'],
    params: idParams,
    contentTypes: ['application/zip'],
    handle: async ({ db, params }) => ({
      contentType: 'application/zip',
      content: await evidenceBundle(await evidenceOf(db, params.id), keyring.signingKey),
      fileName: `drill-run-${params.id}.zip`,
    }),
  });
