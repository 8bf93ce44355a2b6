/** Where a serialised piece is in its life. Only one that is `in_stock` can be handed out. */
export const UNIT_STATES = ['in_stock', 'issued', 'deployed', 'in_repair', 'quarantined', 'lost', 'retired'] as const;

export type UnitState = (typeof UNIT_STATES)[number];

/** States in which a unit lies at a location. */
export type LyingState = Extract<UnitState, 'in_stock' | 'quarantined'>;
