import { poolSignals } from './allocations/pool.signals.ts';
import { backupSignals } from './backups/backup.signals.ts';
import type { Dependencies } from './composition/dependencies.ts';
import { systemSignals } from './composition/system.signals.ts';
import { drillSignals } from './drills/drill.signals.ts';
import { replenishmentSignals } from './inventory/replenishment.signals.ts';
import { peopleSignals } from './people/people.signals.ts';
import { expiringSignals } from './readiness/expiring.signals.ts';
import type { Signal } from './signals/signal.ts';
import { clockSignals } from './sla/clock.signals.ts';

/** What the signals are read with. */
type SignalDependencies = Pick<Dependencies, 'runtime' | 'catalogue'>;

/** Every signal of Muster itself; what is pushed from outside comes besides. */
export const signals = ({ runtime, catalogue }: SignalDependencies): Signal[] => [
  ...systemSignals(runtime),
  ...backupSignals(),
  ...drillSignals(catalogue),
  ...replenishmentSignals(),
  ...poolSignals(),
  ...expiringSignals(),
  ...peopleSignals(),
  ...clockSignals(),
];
