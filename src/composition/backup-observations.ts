import { Gauge, type Registry } from 'prom-client';
import { metricsOfSets, type SetMetrics } from '../backups/backup-metrics.queries.ts';
import type { Database } from '../database/database.ts';

/** Sets that one scrape asks about. */
const SETS_MAX = 200;

/** Adds the gauges of the backup sets: one statement for each scrape, whatever the number of gauges. */
export function observeBackups(metrics: Registry, db: Database): void {
  let asked: Promise<readonly SetMetrics[]> | undefined;
  // The registry collects all gauges of a scrape at the same time: the first one asks for all of them.
  const sets = () => {
    asked ??= metricsOfSets(db, SETS_MAX).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  const gauge = (name: string, help: string, label: string | undefined, samples: (set: SetMetrics) => Samples) =>
    new Gauge({
      name,
      help,
      labelNames: ['set', ...(label === undefined ? [] : [label])],
      registers: [metrics],
      async collect() {
        const found = await sets();
        this.reset();
        for (const set of found) {
          for (const [value, labelled] of samples(set)) {
            if (value !== undefined) this.set({ set: set.set, ...(label && { [label]: labelled ?? '' }) }, value);
          }
        }
      },
    });

  gauge(
    'muster_newest_sound_point_age_seconds',
    'Age of the data in the newest recovery point that a check found sound; no sample where a set has none',
    undefined,
    (set) => [[set.newestSoundAgeSeconds]],
  );
  gauge(
    'muster_oldest_unread_point_age_seconds',
    'Since the recovery point that was read in full longest ago was read, or registered when it never was',
    undefined,
    (set) => [[set.oldestUnreadSeconds]],
  );
  gauge(
    'muster_recovery_points',
    'Recovery points that should be there, by the verdict of their last check',
    'verdict',
    (set) => labelledSamples(set.pointsByVerdict),
  );
  gauge(
    'muster_check_findings',
    'Findings of the last check of every recovery point that is not sound, by their kind',
    'kind',
    (set) => labelledSamples(set.findingsByKind),
  );
}

type Samples = readonly (readonly [value: number | undefined, label?: string])[];

function labelledSamples(counts: Readonly<Record<string, number>>): Samples {
  return Object.entries(counts).map(([label, value]) => [value, label]);
}
