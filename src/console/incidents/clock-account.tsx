import { useTranslation } from 'react-i18next';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import type { Clock, Explanation } from './incident-data.ts';
import { Span } from './marks.tsx';
import { TermText } from './term-text.tsx';

interface AccountProps {
  readonly clock: Clock;
  readonly explanation: Explanation;
}

/** How a clock comes to its due time and to what is consumed, so that everybody can add it up. */
export function ClockAccount({ clock, explanation }: AccountProps) {
  const { t } = useTranslation('incidents');
  return (
    <>
      <Section title={t('account.due')}>
        <DueSteps clock={clock} explanation={explanation} />
      </Section>
      <Section title={t('account.counted')}>
        <Stretches explanation={explanation} />
      </Section>
      {explanation.days.length > 0 ? (
        <Section title={t('account.days')}>
          <Days explanation={explanation} />
        </Section>
      ) : null}
      {clock.promises.length > 1 ? (
        <Section title={t('account.promises')}>
          <Promises clock={clock} />
        </Section>
      ) : null}
      <Section title={t('account.marks')}>
        <Marks clock={clock} />
      </Section>
    </>
  );
}

type Pause = Pick<Explanation['dueSteps'][number], 'reason' | 'by' | 'approvedBy'>;

/** Why it stood still, who asked for it and who has approved it. */
function PauseWords({ reason, by, approvedBy }: Pause) {
  const { t } = useTranslation('incidents');
  return (
    <div className="sub">
      {[reason, by && t('account.asked', { by }), approvedBy && t('account.approved', { by: approvedBy })]
        .filter(Boolean)
        .join(' · ')}
    </div>
  );
}

function DueSteps({ clock, explanation }: AccountProps) {
  const { t } = useTranslation('incidents');
  return (
    <>
      <p>{t(explanation.days.length > 0 ? 'account.inBusiness' : 'account.always')}</p>
      <ol className="account">
        {explanation.dueSteps.map((step) => (
          <li key={step.from + step.step}>
            {step.step === 'term' ? (
              <>
                {t('account.from')} <Moment at={step.from} /> + <TermText term={clock.term} /> (
                <Span seconds={step.addedSeconds} />)
              </>
            ) : (
              <>
                {t('account.stood')} <Moment at={step.from} /> – <Moment at={step.until} />
                {t('colon')}
                {t('account.takes')} <Span seconds={step.addedSeconds} />
                <PauseWords {...step} />
              </>
            )}
            <div>
              → {t('due.at')} <Moment at={step.dueAt} />
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function Stretches({ explanation }: { readonly explanation: Explanation }) {
  const { t } = useTranslation('incidents');
  return (
    <div className="account-frame">
      <table className="account-table">
        <thead>
          <tr>
            <th scope="col">{t('filter.state')}</th>
            <th scope="col">{t('account.start')}</th>
            <th scope="col">{t('account.end')}</th>
            <th scope="col">{t('account.counts')}</th>
          </tr>
        </thead>
        <tbody>
          {explanation.stretches.map((stretch) => (
            <tr key={stretch.from + stretch.state}>
              <th scope="row">
                {t(`stretch.${stretch.state}`)}
                {stretch.state === 'paused' ? <PauseWords {...stretch} /> : null}
              </th>
              <td>
                <Moment at={stretch.from} />
              </td>
              <td>
                <Moment at={stretch.until} />
              </td>
              <td>{stretch.state === 'running' ? <Span seconds={stretch.countedSeconds} /> : t('account.nothing')}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              {t('clocks.consumed')}
            </th>
            <td>
              <Span seconds={explanation.consumedSeconds} />
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Days({ explanation }: { readonly explanation: Explanation }) {
  const { t } = useTranslation('incidents');
  return (
    <>
      <p>{t('account.daysHelp')}</p>
      <div className="account-frame">
        <table className="account-table">
          <thead>
            <tr>
              <th scope="col">{t('account.day')}</th>
              <th scope="col">{t('account.open')}</th>
              <th scope="col">{t('account.counts')}</th>
            </tr>
          </thead>
          <tbody>
            {explanation.days.map(({ fromDate, untilDate, openSeconds, countedSeconds, names }) => (
              <tr key={fromDate}>
                <th scope="row">
                  {fromDate === untilDate ? fromDate : `${fromDate} – ${untilDate}`}
                  {names.length > 0 ? <div className="sub">{names.join(' · ')}</div> : null}
                </th>
                <td>
                  <Span seconds={openSeconds} />
                </td>
                <td>{countedSeconds > 0 ? <Span seconds={countedSeconds} /> : t('account.nothing')}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                {t('account.allotted')}
              </th>
              <td>
                <Span seconds={explanation.allottedSeconds} />
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
    </>
  );
}

function Promises({ clock }: { readonly clock: Clock }) {
  const { t } = useTranslation('incidents');
  return (
    <ol className="account">
      {clock.promises.map((promise) => (
        <li key={promise.from + String(promise.policyVersion)}>
          <Moment at={promise.from} />
          {t('colon')}
          <TermText term={promise.term} /> ({t(`severity.${promise.severity}`)}
          {promise.policyVersion === null ? '' : ` · ${t('clocks.version', { version: promise.policyVersion })}`})
          <div className="sub">{[promise.by, promise.reason].filter(Boolean).join(' · ')}</div>
        </li>
      ))}
    </ol>
  );
}

function Marks({ clock }: { readonly clock: Clock }) {
  const { t } = useTranslation('incidents');
  return (
    <ul className="account">
      {clock.marks.map(({ percent, at, isReached }) => (
        <li key={percent}>
          {percent === 100 ? t('account.breach') : t('account.mark', { percent })}
          {t('colon')}
          {at === null ? t('account.never') : <Moment at={at} />}{' '}
          {isReached ? t('account.reached') : clock.state === 'stopped' ? t('account.notReached') : t('account.ahead')}
        </li>
      ))}
    </ul>
  );
}
