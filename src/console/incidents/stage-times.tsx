import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatSeconds } from '../parts/format.ts';
import { type Incident, STAGES, SUB_STATES } from './incident-data.ts';
import { Span } from './marks.tsx';

interface Part {
  readonly key: string;
  readonly label: string;
  readonly seconds: number;
  readonly isInside: boolean;
}

/** How long each stage has lasted: a bar whose parts add up to all of it, and the same in figures. */
export function StageTimes({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const { language } = usePreferences();
  const { elapsedSeconds, stageSeconds, subStateSeconds } = incident;
  const parts: Part[] = STAGES.flatMap((stage) => {
    const whole = { key: stage, label: t(`stage.${stage}`), seconds: stageSeconds[stage] ?? 0, isInside: false };
    if (stage !== 'handle') return [whole];
    const inside = SUB_STATES.map((state) => ({
      ...{ key: state, label: t(`subState.${state}`), seconds: subStateSeconds[state] ?? 0, isInside: true },
    }));
    return [whole, ...inside];
  }).filter(({ seconds }) => seconds > 0);
  // The parts of the handling stand in its place, so that nothing is drawn twice.
  const drawn = parts.filter(({ key }) => key !== 'handle');
  const percent = (seconds: number) => (elapsedSeconds > 0 ? (seconds / elapsedSeconds) * 100 : 0);
  return (
    <>
      <div className="stage-bar" role="img" aria-label={t('stages.bar')}>
        {drawn.map(({ key, label, seconds }) => (
          <span
            key={key}
            className={`stage-part ${key}`}
            style={{ flexGrow: Math.max(seconds, elapsedSeconds / 200) }}
            title={`${label}${t('colon')}${formatSeconds(seconds, language)}`}
          />
        ))}
      </div>
      <table className="stage-table">
        <thead>
          <tr>
            <th scope="col">{t('field.stage')}</th>
            <th scope="col">{t('stages.time')}</th>
            <th scope="col">{t('stages.share')}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map(({ key, label, seconds, isInside }) => (
            <tr key={key} className={isInside ? 'inside' : undefined}>
              <th scope="row">
                {key === 'handle' ? null : <span className={`stage-key stage-part ${key}`} aria-hidden="true" />}
                {label}
              </th>
              <td>
                <Span seconds={seconds} />
              </td>
              <td>{Math.round(percent(seconds))} %</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t('stages.sum')}</th>
            <td>
              <Span seconds={elapsedSeconds} />
            </td>
            <td>100 %</td>
          </tr>
        </tfoot>
      </table>
    </>
  );
}
