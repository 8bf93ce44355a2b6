import { useTranslation } from 'react-i18next';
import { API_ROOT } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatSeconds } from '../parts/format.ts';
import { Moment } from '../parts/moment.tsx';
import type { Overview } from './overview.ts';

type Report = NonNullable<Overview['report']>;

/** The last drill of Muster's own database: what it compared, how long each phase took, and what it does not prove. */
export function MusterDrill({ report, runId }: { readonly report: Report; readonly runId: string }) {
  const { t } = useTranslation(['home', 'readiness']);
  const { title, triggeredAt, verdicts, validation, notProven } = report;
  const { outcome, reason } = verdicts.availability;
  const run = `${API_ROOT}/drill-runs/${runId}`;
  return (
    <>
      <p>
        {title}, <Moment at={triggeredAt} />
      </p>
      <p className="measured">
        <a href={`${run}/report.html`}>{t('home:muster.report')}</a>
        <a href={`${run}/bundle`}>{t('home:muster.bundle')}</a>
      </p>
      <Facts
        facts={[
          [t('home:muster.availability'), `${t(`readiness:availability.${outcome}`)}: ${reason}`],
          [
            t('home:muster.data'),
            t('home:muster.tables', { equal: validation.tablesEqual, compared: validation.tablesCompared }),
          ],
        ]}
      />
      <Phases phases={report.phases} />
      <h3>{t('home:muster.notProven')}</h3>
      <ul>
        {notProven.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}

function Phases({ phases }: Pick<Report, 'phases'>) {
  const { t } = useTranslation(['home', 'readiness']);
  const { language } = usePreferences();
  return (
    <>
      <h3>{t('home:muster.phases')}</h3>
      <table className="phases">
        <thead>
          <tr>
            <th scope="col">{t('home:muster.phase')}</th>
            <th scope="col">{t('home:muster.status')}</th>
            <th scope="col">{t('home:muster.time')}</th>
          </tr>
        </thead>
        <tbody>
          {phases.map(({ phase, status, seconds }) => (
            <tr key={phase}>
              <td>{t(`readiness:phase.${phase}`)}</td>
              <td>{t(`readiness:phaseStatus.${status}`)}</td>
              <td>{seconds === null ? '–' : formatSeconds(seconds, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
