import { useTranslation } from 'react-i18next';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { OverrideButton } from './override-button.tsx';
import { type Gap, type Rota, type Span, useGaps } from './response-data.ts';
import './response.css';

/** Where nobody is on call, or somebody who does not count by then, with what closes it. */
export function RotaGaps({ rota, span }: { readonly rota: Rota; readonly span: Span }) {
  const { t } = useTranslation('response');
  return (
    <Loaded query={useGaps(rota.id, span)}>
      {({ gaps }) =>
        gaps.length === 0 ? (
          <p>
            <Mark tone="good">{t('gaps.none')}</Mark>
          </p>
        ) : (
          <ul className="response-list" aria-label={t('gaps.title')}>
            {gaps.map((gap) => (
              <li key={`${gap.from} ${gap.because}`} title={gap.sentence}>
                <Mark tone="bad">
                  <Why gap={gap} />
                </Mark>{' '}
                <Moment at={gap.from} /> – <Moment at={gap.until} />{' '}
                <OverrideButton rota={rota} label={t('override.cover')} span={gap} />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

function Why({ gap }: { readonly gap: Gap }) {
  const { t } = useTranslation('response');
  if (gap.person === null) return t('onCall.nobody');
  return `${gap.person.name}: ${gap.because}`;
}
