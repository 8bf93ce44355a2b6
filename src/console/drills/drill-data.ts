import type { paths } from '../api/api.generated.d.ts';
import type { Tone } from '../parts/mark.tsx';

type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Body
  : never;

/** A run with everything about it. */
export type RunDetail = Answer<'/drill-runs/{id}'>;
export type DrillDetail = Answer<'/drills/{name}'>;
export type DrillHistory = Answer<'/drills/{name}/history'>;
export type Calendar = Answer<'/drill-calendar'>;
export type LogLine = Answer<'/drill-runs/{id}/log'>['items'][number];
export type Phase = RunDetail['phases'][number];
type Status = RunDetail['status'];

export const STATUSES = [
  'queued',
  'running',
  'completed',
  'failed',
  'aborted',
  'interrupted',
  'skipped',
] as const satisfies readonly Status[];

export const PROCEDURES = ['passed', 'failed', 'not assessed'] as const;

/** Whether a run goes on. */
export const isLive = ({ status }: Pick<RunDetail, 'status'>) => status === 'queued' || status === 'running';

export const STATUS_TONES: Record<Status, Tone> = {
  queued: 'busy',
  running: 'busy',
  completed: 'good',
  failed: 'bad',
  aborted: 'quiet',
  interrupted: 'warn',
  skipped: 'quiet',
};

export const VERDICT_TONES: Record<RunDetail['availability']['outcome'], Tone> = {
  passed: 'good',
  failed: 'bad',
  'not assessed': 'quiet',
  preempted: 'warn',
};

export const RESULT_TONES: Record<RunDetail['targets'][number]['result'], Tone> = {
  met: 'good',
  missed: 'bad',
  'not measured': 'quiet',
};

export const PHASE_TONES: Record<Phase['status'], Tone> = {
  'not reached': 'quiet',
  'not measured': 'quiet',
  running: 'busy',
  done: 'good',
  failed: 'bad',
  interrupted: 'warn',
};

/** The seconds that a run may take until it is validated; undefined until it has read its definition. */
export const recoverSeconds = ({ objectives }: RunDetail) =>
  objectives.find(({ target }) => target === 'recover')?.targetSeconds;
