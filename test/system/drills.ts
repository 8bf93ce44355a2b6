import { z } from 'zod';
import { runDetailSchema } from '../../src/drills/drill.views.ts';
import { type DrillReport, reportSchema } from '../../src/drills/report.ts';
import type { Api } from './api.ts';
import { eventually } from './eventually.ts';

/** The drill on Muster's own database. */
export const OWN_DRILL = 'muster-database';

export type RunDetail = z.infer<typeof runDetailSchema>;

/** Asks for a run of a drill, of that on Muster's own database unless told; its id. */
export async function requestDrill(api: Api, drill = OWN_DRILL): Promise<string> {
  return (await api.post<{ runId: string }>(`/drills/${drill}/run`)).runId;
}

export async function drillRun(api: Api, runId: string): Promise<RunDetail> {
  return runDetailSchema.parse(await api.get(`/drill-runs/${runId}`));
}

const listSchema = z.object({ items: z.array(z.object({ id: z.uuid(), status: z.string() })) });

/** The runs from the newest down. */
export async function drillRuns(api: Api): Promise<{ readonly id: string; readonly status: string }[]> {
  return listSchema.parse(await api.get('/drill-runs')).items;
}

/** Waits for the end of a run. */
export function endOfDrill(api: Api, runId: string, seconds = 40): Promise<RunDetail> {
  return eventually(`the drill run ${runId} has ended`, seconds, async () => {
    const run = await drillRun(api, runId);
    return run.status === 'queued' || run.status === 'running' ? undefined : run;
  });
}

/** Runs the drill to its end. */
export async function runDrill(api: Api, drill = OWN_DRILL): Promise<RunDetail> {
  return endOfDrill(api, await requestDrill(api, drill), 120);
}

/** The report of an ended run, as it is read over HTTP. */
export async function drillReport(api: Api, runId: string): Promise<DrillReport> {
  return reportSchema.parse(await api.get(`/drill-runs/${runId}/report.json`));
}
