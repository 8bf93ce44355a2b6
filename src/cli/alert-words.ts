import type { AlertLevels } from '../alerts/alert-levels.ts';
import type { AlertCondition } from '../alerts/alert-machine.ts';
import type { PastFiring } from '../alerts/routing/escalation.queries.ts';
import { formatSeconds } from '../kernel/units.ts';
import type { Signal } from '../signals/signal.ts';

/** What a level is called, also one that is not in use any more. */
export const levelNameOf = ({ names }: AlertLevels, level: number): string => names[level - 1] ?? `level ${level}`;

/** Who has been told of an alert; when its rungs have found nobody, who was told in their place. */
export function toldInWords(firings: readonly PastFiring[]): string {
  const namesIn = (some: readonly PastFiring[]) =>
    [...new Set(some.flatMap(({ told }) => told.map(({ name }) => name)))].join(', ');
  const found = namesIn(firings.filter(({ nobody }) => !nobody));
  if (found !== '') return found;
  const standIns = namesIn(firings);
  if (standIns !== '') return `nobody on call; in their place ${standIns}`;
  return firings.some(({ nobody }) => nobody) ? 'nobody on call' : 'nobody';
}

/** One firing that is over: who was told and why, or why nobody was. */
export function firingInWords({ state, told, nobody, missing }: PastFiring): string {
  if (state !== 'told')
    return state === 'skipped' ? 'nobody: a later repeat stood for it' : 'nobody: its ladder had ended';
  const persons = told.map(
    ({ name, because, readAt }) => `${name} (${because}${readAt === null ? '' : ', has read it'})`,
  );
  const why = missing.length > 0 ? `nobody: ${missing.join('; ')}` : 'nobody';
  return [...(nobody ? [why] : []), ...persons].join('; ');
}

type Unit = Signal['unit'] | undefined;

/** A value in the unit of its signal; of pushed series the bare number. */
export function valueInWords(value: number, unit: Unit): string {
  if (unit === 'seconds') return value < 0 ? `-${formatSeconds(-value)}` : formatSeconds(value);
  if (unit === 'yes-no') return value === 0 ? 'no' : 'yes';
  const number = value.toLocaleString('en', { maximumFractionDigits: 3 });
  return unit === undefined || unit === 'count' ? number : `${number} ${unit}`;
}

/** Where each level is reached and left, one a line. */
export function thresholdsInWords(
  { direction, thresholds, raiseForSeconds, clearForSeconds }: AlertCondition,
  levels: AlertLevels,
  unit: Unit,
): string[] {
  const [beyond, calm] = direction === 'above' ? ['or more', 'below'] : ['or less', 'above'];
  const held = (seconds: number) => (seconds > 0 ? ` for ${formatSeconds(seconds)}` : '');
  return thresholds.map(({ level, raise, clear }) => {
    const raised = `${valueInWords(raise, unit)} ${beyond}${held(raiseForSeconds)}`;
    return `${levelNameOf(levels, level)}: ${raised}, until ${calm} ${valueInWords(clear, unit)}${held(clearForSeconds)}`;
  });
}
