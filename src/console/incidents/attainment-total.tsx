import { useTranslation } from 'react-i18next';
import { type Attainment, BREACH_CAUSES } from './incident-data.ts';
import { Span } from './marks.tsx';
import '../parts/figures.css';

type Figures = Attainment['total'];

/** The figures of all clocks together, and why those that were missed were. */
export function AttainmentTotal({ total }: { readonly total: Figures }) {
  const { t } = useTranslation('incidents');
  const { clocks, met, breached, open, metPercent, measured, causes, pauses } = total;
  return (
    <>
      <dl className="figures">
        <div className="main">
          <dt>{t('attainment.percent')}</dt>
          <dd>{metPercent === null ? '–' : `${metPercent} %`}</dd>
        </div>
        <div>
          <dt>{t('attainment.clocks')}</dt>
          <dd>{clocks}</dd>
        </div>
        <div>
          <dt>{t('attainment.met')}</dt>
          <dd>{met}</dd>
        </div>
        <div>
          <dt>{t('attainment.breached')}</dt>
          <dd>{breached}</dd>
        </div>
        {measured ? (
          <>
            <div>
              <dt>{t('attainment.p50')}</dt>
              <dd>
                <Span seconds={measured.p50Seconds} />
              </dd>
            </div>
            <div>
              <dt>{t('attainment.p90')}</dt>
              <dd>
                <Span seconds={measured.p90Seconds} />
              </dd>
            </div>
          </>
        ) : null}
      </dl>
      <p>
        {t('attainment.open')}
        {t('colon')}
        {t('attainment.openOf', open)}
      </p>
      {causes.length > 0 ? (
        <>
          <h3>{t('attainment.causes')}</h3>
          <ul className="account">
            {causes.map(({ of, clocks: count }) => (
              <li key={of}>
                <CauseName of={of} /> × {count}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {pauses.length > 0 ? (
        <>
          <h3>{t('attainment.pauses')}</h3>
          <ul className="account">
            {pauses.map(({ of, clocks: count }) => (
              <li key={of}>
                {of} × {count}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </>
  );
}

/** A stated cause in words; that nobody has stated one is told as such. */
function CauseName({ of }: { readonly of: Figures['causes'][number]['of'] }) {
  const { t } = useTranslation('incidents');
  const cause = BREACH_CAUSES.find((known) => known === of);
  return <>{cause ? t(`cause.${cause}`) : t('attainment.notStated')}</>;
}
