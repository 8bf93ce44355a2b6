import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import type { RunDetail } from './drill-data.ts';

/** What is shown here of the signed report; `drills/drill-report.schema.json` has all of it. */
interface Report {
  readonly validation: { readonly tablesEqual: number; readonly tablesCompared: number };
  readonly checks: readonly Check[];
  readonly notProven: readonly string[];
  readonly notExecuted: readonly { readonly name: string; readonly reason: string }[];
  readonly actions: readonly {
    readonly subject: string;
    readonly summary: string;
    readonly owner: string;
    readonly dueAt: string;
    readonly state: 'opened' | 'still open' | 'closed';
  }[];
}

interface Check {
  readonly kind: string;
  readonly subject: string;
  readonly expected: string;
  readonly actual: string;
  readonly result: 'passed' | 'failed' | 'not compared';
}

/** The report of a run that has ended: what was compared, what follows, and what nobody may conclude from it. */
export function RunReport({ run }: { readonly run: RunDetail }) {
  if (run.evidence === null) return null;
  return (
    <>
      <Noted run={run} />
      <Signed id={run.id} />
    </>
  );
}

function Noted({ run: { warnings, findings } }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  return (
    <>
      {warnings.length > 0 ? (
        <Section title={t('report.warnings')}>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Section>
      ) : null}
      {findings.length > 0 ? (
        <Section title={t('report.findings')}>
          <ul>
            {findings.map(({ kind, file, message }) => (
              <li key={`${kind} ${file} ${message}`}>
                <Mark tone="bad">{kind}</Mark> <span className="code">{file}</span> {message}
              </li>
            ))}
          </ul>
        </Section>
      ) : null}
    </>
  );
}

function Signed({ id }: { readonly id: string }) {
  const { t } = useTranslation('drills');
  const { language } = usePreferences();
  const query = $api.useQuery('get', '/drill-runs/{id}/report.json', { params: { path: { id } } });
  const base = `${API_ROOT}/drill-runs/${id}`;
  return (
    <Section title={t('report.title')}>
      <p className="drill-links no-print">
        <a href={`${base}/report.html?lang=${language}`} target="_blank" rel="noreferrer">
          {t('report.page')}
        </a>
        <a href={`${base}/report.json`} target="_blank" rel="noreferrer">
          {t('report.json')}
        </a>
        <a href={`${base}/report.xml`} target="_blank" rel="noreferrer">
          {t('report.xml')}
        </a>
      </p>
      {/* Its document is JSON; the API's own document calls every document a text. */}
      <Loaded query={query}>{(report) => <Contents report={report as unknown as Report} />}</Loaded>
    </Section>
  );
}

function Contents({ report }: { readonly report: Report }) {
  const { t } = useTranslation('drills');
  const { checks, validation, notProven, notExecuted, actions } = report;
  return (
    <>
      <h3>{t('report.notProven')}</h3>
      <ul>
        {notProven.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {actions.length > 0 ? (
        <>
          <h3>{t('report.actions')}</h3>
          <ul>
            {actions.map(({ subject, summary, owner, dueAt, state }) => (
              <li key={subject}>
                {summary} · {t(`report.actionState.${state}`)} · {t('report.actionDue', { owner })}{' '}
                <Moment at={dueAt} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {notExecuted.length > 0 ? (
        <>
          <h3>{t('report.notExecuted')}</h3>
          <ul>
            {notExecuted.map(({ name, reason }) => (
              <li key={`${name} ${reason}`}>
                <strong>{name}</strong>: {reason}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {checks.length > 0 ? (
        <>
          <h3>{t('report.checks')}</h3>
          {validation.tablesCompared > 0 ? (
            <p>{t('report.tables', { equal: validation.tablesEqual, compared: validation.tablesCompared })}</p>
          ) : null}
          <Checks checks={checks} />
        </>
      ) : null}
    </>
  );
}

function Checks({ checks }: { readonly checks: readonly Check[] }) {
  const { t } = useTranslation('drills');
  const tones = { passed: 'good', failed: 'bad', 'not compared': 'quiet' } as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by the keyboard
    <section className="drill-wide" aria-label={t('report.checksLabel')} tabIndex={0}>
      <Table<Check>
        size="small"
        pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
        rowKey={({ kind, subject }) => `${kind} ${subject}`}
        // What is wrong stands at the top.
        dataSource={checks.toSorted(
          (one, other) => Number(one.result === 'passed') - Number(other.result === 'passed'),
        )}
        columns={[
          { title: t('report.subject'), dataIndex: 'subject' },
          { title: t('report.expected'), dataIndex: 'expected' },
          { title: t('report.actual'), dataIndex: 'actual' },
          {
            title: t('report.result'),
            key: 'result',
            render: (_, { result }) => <Mark tone={tones[result]}>{t(`report.checkResult.${result}`)}</Mark>,
          },
        ]}
      />
    </section>
  );
}
