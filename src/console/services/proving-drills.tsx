import { useTranslation } from 'react-i18next';
import { Mark, type Tone } from '../parts/mark.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Readiness } from '../readiness/readiness.ts';

type Drill = Readiness['proof']['drills'][number];

const BAD: readonly Drill['standing'][] = ['failed', 'resources missing'];

/** The drills that recover a service, and what each proves of it at this moment. */
export function ProvingDrills({ drills }: { readonly drills: readonly Drill[] }) {
  const { t } = useTranslation('services');
  if (drills.length === 0) return <p>{t('noDrills')}</p>;
  return (
    <ul className="plain">
      {drills.map(({ drill, standing, reason }) => (
        <li key={drill}>
          <ThingLink kind="drill" id={drill}>
            {drill}
          </ThingLink>{' '}
          <Mark tone={toneOf(standing)}>{t(`standings.${standing}`)}</Mark> <span className="quiet">{reason}</span>
        </li>
      ))}
    </ul>
  );
}

function toneOf(standing: Drill['standing']): Tone {
  if (standing === 'proven') return 'good';
  return BAD.includes(standing) ? 'bad' : 'warn';
}
