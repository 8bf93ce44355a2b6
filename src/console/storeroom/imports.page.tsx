import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { usePreferences } from '../app/preferences.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { formatCount } from '../parts/format.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { ImportMark } from './import-mark.tsx';
import { ImportUpload } from './import-upload.tsx';
import { StoreroomPage } from './storeroom-page.tsx';
import { IMPORT_KINDS, type Import } from './words.ts';

const route = getRouteApi('/storeroom/imports');

/** Bringing rows in from a file, and every file that was sent before. */
export function ImportsPage() {
  const { t } = useTranslation('storeroom');
  const can = useCan();
  const { kind, after } = route.useSearch();
  const navigate = useNavigate({ from: '/storeroom/imports' });
  const mayImport = can('import.operate');
  const imports = $api.useQuery(
    'get',
    '/imports',
    { params: { query: stated({ kind, after }) } },
    { enabled: mayImport },
  );
  const columns = useColumns();
  if (!mayImport) return <StoreroomPage title={t('imports.title')}>{t('imports.mayNot')}</StoreroomPage>;
  return (
    <StoreroomPage title={t('imports.title')}>
      <Section title={t('imports.new')}>
        <ImportUpload />
      </Section>
      <Section title={t('imports.history')}>
        <search className="filters">
          <ChoiceField
            label={t('imports.kind')}
            all={t('all')}
            value={kind}
            options={IMPORT_KINDS.map((value) => ({ value, label: t(`importKind.${value}`) }))}
            onChoose={(chosen) => void navigate({ search: { kind: chosen } })}
          />
        </search>
        <KeyedTable
          query={imports}
          columns={columns}
          rowKey={({ id }) => id}
          after={after}
          onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
          empty={<NothingHere text={t(kind ? 'noneFits' : 'imports.none')} />}
          label={t('imports.history')}
        />
      </Section>
    </StoreroomPage>
  );
}

function useColumns(): TableColumnsType<Import> {
  const { t } = useTranslation('storeroom');
  const { language } = usePreferences();
  const count = (key: 'lines' | 'creates' | 'updates' | 'errors') => ({
    title: t(`imports.${key}`),
    key,
    align: 'right' as const,
    render: (_: unknown, found: Import) => formatCount(found[key], language),
  });
  return [
    {
      title: t('imports.file'),
      key: 'file',
      render: (_, { id, fileName }) => (
        <Link to="/storeroom/imports/$id" params={{ id }}>
          {fileName}
        </Link>
      ),
    },
    { title: t('imports.kind'), key: 'kind', render: (_, { kind }) => t(`importKind.${kind as ImportKindName}`) },
    { title: t('state'), key: 'state', render: (_, found) => <ImportMark found={found} /> },
    count('lines'),
    count('creates'),
    count('updates'),
    count('errors'),
    { title: t('imports.sent'), key: 'sent', render: (_, { createdAt }) => <Moment at={createdAt} /> },
  ];
}

type ImportKindName = (typeof IMPORT_KINDS)[number];
