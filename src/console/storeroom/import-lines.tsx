import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { stated } from '../app/search.ts';
import { formatCount } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Mark, type Tone } from '../parts/mark.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { IMPORT_OUTCOMES, type Import, type ImportLine, type ImportOutcome } from './words.ts';

const route = getRouteApi('/storeroom/imports/$id');

const TONES: Record<ImportOutcome, Tone> = { create: 'good', update: 'warn', unchanged: 'quiet', error: 'bad' };

/** What each line does, beside what is there: by outcome, and what is wrong before everything else where something is. */
export function ImportLines({ found }: { readonly found: Import }) {
  const { t } = useTranslation('storeroom');
  const { language } = usePreferences();
  const { outcome, after } = route.useSearch();
  const navigate = useNavigate({ from: '/storeroom/imports/$id' });
  const { id, checkedAt, appliedAt } = found;
  const lines = $api.useQuery('get', '/imports/{id}/lines', {
    params: { path: { id }, query: stated({ outcome, after }) },
  });
  // What the lines would do is found anew by each check, and what they did by the application.
  const { refetch } = lines;
  // biome-ignore lint/correctness/useExhaustiveDependencies: read anew when the file moves on
  useEffect(() => void refetch(), [checkedAt, appliedAt]);
  const counts = { create: found.creates, update: found.updates, unchanged: found.unchanged, error: found.errors };
  const isApplied = found.state === 'applied';
  return (
    <Section title={t(isApplied ? 'imports.did' : 'imports.would')}>
      <nav className="choice-links" aria-label={t('imports.byOutcome')}>
        <OutcomeLink id={id} outcome={undefined} isChosen={outcome === undefined}>
          {t('all')} {formatCount(found.lines, language)}
        </OutcomeLink>
        {IMPORT_OUTCOMES.map((one) => (
          <OutcomeLink key={one} id={id} outcome={one} isChosen={outcome === one}>
            <Mark tone={TONES[one]}>{t(`importOutcome.${one}`)}</Mark> {formatCount(counts[one], language)}
          </OutcomeLink>
        ))}
      </nav>
      <KeyedTable
        query={lines}
        columns={useColumns(found)}
        rowKey={({ line }) => String(line)}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={t(outcome ? 'noneFits' : 'imports.noLines')} />}
        label={t('imports.lines')}
      />
    </Section>
  );
}

interface OutcomeLinkProps {
  readonly id: string;
  readonly outcome: ImportOutcome | undefined;
  readonly isChosen: boolean;
  readonly children: ReactNode;
}

function OutcomeLink({ id, outcome, isChosen, children }: OutcomeLinkProps) {
  return (
    <Link
      to="/storeroom/imports/$id"
      params={{ id }}
      search={{ outcome }}
      activeProps={{}}
      className={isChosen ? 'chosen' : undefined}
      aria-current={isChosen ? 'page' : undefined}
    >
      {children}
    </Link>
  );
}

function useColumns({ columns }: Import): TableColumnsType<ImportLine> {
  const { t } = useTranslation('storeroom');
  const headerOf = (field: string) => columns.find((column) => column.field === field)?.header ?? field;
  return [
    { title: t('imports.line'), dataIndex: 'line', align: 'right' },
    {
      title: t('imports.outcome'),
      key: 'outcome',
      render: (_, { outcome }) => <Mark tone={TONES[outcome]}>{t(`importOutcome.${outcome}`)}</Mark>,
    },
    {
      title: t('imports.what'),
      key: 'what',
      render: (_, { values }) => (
        <span className="code import-what">
          {Object.values(values).filter(Boolean).slice(0, KEY_CELLS).join(' · ')}
        </span>
      ),
    },
    { title: t('imports.diff'), key: 'diff', render: (_, line) => <Diff line={line} headerOf={headerOf} /> },
  ];
}

/** The first cells of a line: by them people know which thing it is about. */
const KEY_CELLS = 3;

interface DiffProps {
  readonly line: ImportLine;
  readonly headerOf: (field: string) => string;
}

/** Field by field what was there and what comes; of a wrong line the column and what is wrong with it. */
function Diff({ line: { problems, changes, values }, headerOf }: DiffProps) {
  const { t } = useTranslation('storeroom');
  if (problems.length > 0) {
    return (
      <ul className="plain-list">
        {problems.map(({ column, field, message }) => (
          <li key={`${field} ${message}`}>
            {column ? <strong className="code">{column}</strong> : null}{' '}
            {field && values[field] ? <span className="code import-old">{values[field]}</span> : null} {message}
          </li>
        ))}
      </ul>
    );
  }
  if (changes.length === 0) return null;
  return (
    <table className="import-diff">
      <thead className="visually-hidden">
        <tr>
          <th>{t('imports.column')}</th>
          <th>{t('imports.before')}</th>
          <th>{t('imports.after')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row" className="code">
              {headerOf(field)}
            </th>
            <td className="import-old">{before ? `− ${before}` : '–'}</td>
            <td className="import-new">{after === null ? t('imports.taken') : `+ ${after}`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
