import { useTranslation } from 'react-i18next';
import { Mark, type Tone } from '../parts/mark.tsx';
import type { AllocationLine, Unit, UnitState } from './words.ts';

const UNIT_TONES: Record<UnitState, Tone> = {
  in_stock: 'good',
  issued: 'busy',
  deployed: 'quiet',
  in_repair: 'warn',
  quarantined: 'warn',
  lost: 'bad',
  retired: 'quiet',
};

/** How a unit stands: its state, and for one in stock whether it can be handed out. */
export function UnitMark({ unit }: { readonly unit: Pick<Unit, 'state' | 'isUsable'> }) {
  const { t } = useTranslation('spares');
  if (unit.state === 'in_stock' && !unit.isUsable) return <Mark tone="warn">{t('unit.unusable')}</Mark>;
  return <Mark tone={UNIT_TONES[unit.state]}>{t(`unitState.${unit.state}`)}</Mark>;
}

/** Whether something of the catalogue is in use. */
export function LifeMark({ isRetired }: { readonly isRetired: boolean }) {
  const { t } = useTranslation('spares');
  return <Mark tone={isRetired ? 'quiet' : 'good'}>{t(`lifeState.${isRetired ? 'retired' : 'active'}`)}</Mark>;
}

const LINE_TONES: Record<AllocationLine['state'], Tone> = {
  held: 'busy',
  issued: 'busy',
  returned: 'good',
  consumed: 'quiet',
  deployed: 'good',
  lost: 'bad',
  damaged: 'bad',
  released: 'quiet',
  expired: 'quiet',
  preempted: 'warn',
};

/** How a line of an allocation stands; overdue before anything else. */
export function LineMark({
  state,
  isOverdue = false,
}: Pick<AllocationLine, 'state'> & { readonly isOverdue?: boolean }) {
  const { t } = useTranslation('spares');
  if (isOverdue) return <Mark tone="bad">{t('out.overdue')}</Mark>;
  return <Mark tone={LINE_TONES[state]}>{t(`lineState.${state}`)}</Mark>;
}
