/**
 * One replica for the tests: `node replica.ts '{"service":{...},"skewSeconds":90,"ticks":true,"works":true,"hangs":false}'`.
 * Its wall clock is wrong by `skewSeconds`. Jobs write their runs into the table `ran`; with `hangs` they never end.
 * Prints `ready` and, for each run, `run <attempt>`.
 */
const settings = JSON.parse(process.argv[2] ?? '{}') as {
  service: import('../../../src/database/connection.ts').ConnectionSettings;
  skewSeconds: number;
  ticks: boolean;
  works: boolean;
  hangs: boolean;
};

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(SkewedNow());
    else super(...(given as [number]));
  }
  static override now = SkewedNow;
} as DateConstructor;
function SkewedNow(): number {
  return RealDate.now() + settings.skewSeconds * 1000;
}

// Loaded after the clock was bent, so that nobody keeps the right one.
const { Database } = await import('../../../src/database/database.ts');
const { createJobQueue } = await import('../../../src/scheduling/queue.ts');
const { startTicker } = await import('../../../src/scheduling/ticker.ts');
const { systemClock } = await import('../../../src/kernel/clock.ts');
const { createLogger } = await import('../../../src/kernel/log.ts');
const { noteJob } = await import('../note-job.ts');

const log = createLogger('warn');
const db = await Database.connect(settings.service, [], { applicationName: 'test replica', poolSize: 3 });
const job = noteJob(
  async ({ jobId, attempt }) => {
    await db.execute('INSERT INTO ran (job_id, attempt, pid) VALUES ($1, $2, $3)', [jobId, attempt, process.pid]);
    process.stdout.write(`run ${attempt}\n`);
    if (settings.hangs) await new Promise(() => {});
  },
  { retry: { limit: 2, backoffSeconds: 1 } },
);
const onceOnly = noteJob(
  async ({ jobId, attempt }) => {
    await db.execute('INSERT INTO ran (job_id, attempt, pid) VALUES ($1, $2, $3)', [jobId, attempt, process.pid]);
    process.stdout.write('run once\n');
    await new Promise(() => {});
  },
  { name: 'note.once' },
);
const queue = await createJobQueue({ service: settings.service, jobs: () => [job, onceOnly], log, drainSeconds: 2 });
const drain = new AbortController();
if (settings.works) await queue.startWorkers({ tags: ['default'], signal: drain.signal });
const ticker = settings.ticks ? startTicker({ db, queue, clock: systemClock, log }) : undefined;
process.stdout.write('ready\n');

process.once('SIGTERM', async () => {
  await ticker?.stop();
  await queue.close();
  await db.close();
});

export {};
