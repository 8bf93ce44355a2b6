import type { MovementKind } from './movement-line.ts';
import type { UnitState } from './unit-state.ts';

/** A way that a unit can go: from any of these states to any of those. */
export interface UnitWay {
  readonly kind: MovementKind;
  /** `new` is a unit that no movement has received yet. */
  readonly from: readonly (UnitState | 'new')[];
  readonly to: readonly UnitState[];
}

/** Every way there is. The ledger's trigger holds the same ones (a test compares them); verification does not ask it. */
export const UNIT_WAYS: readonly UnitWay[] = [
  { kind: 'receive', from: ['new'], to: ['in_stock', 'quarantined', 'in_repair'] },
  { kind: 'issue', from: ['in_stock'], to: ['issued'] },
  { kind: 'return', from: ['issued'], to: ['in_stock', 'quarantined'] },
  { kind: 'transfer', from: ['in_stock'], to: ['in_stock'] },
  { kind: 'transfer', from: ['quarantined'], to: ['quarantined'] },
  { kind: 'adjust', from: ['in_stock', 'quarantined', 'issued', 'deployed', 'in_repair'], to: ['lost'] },
  { kind: 'adjust', from: ['lost', 'deployed'], to: ['in_stock', 'quarantined'] },
  { kind: 'deploy', from: ['issued'], to: ['deployed'] },
  { kind: 'repair_out', from: ['in_stock', 'quarantined', 'deployed'], to: ['in_repair'] },
  { kind: 'repair_in', from: ['in_repair'], to: ['in_stock', 'quarantined'] },
  { kind: 'quarantine', from: ['in_stock'], to: ['quarantined'] },
  { kind: 'release', from: ['quarantined'], to: ['in_stock'] },
  { kind: 'scrap', from: ['in_stock', 'quarantined', 'in_repair', 'lost', 'issued', 'deployed'], to: ['retired'] },
  { kind: 'count', from: ['in_stock', 'lost'], to: ['in_stock'] },
  { kind: 'count', from: ['quarantined'], to: ['quarantined'] },
];
