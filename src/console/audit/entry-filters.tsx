import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Button, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Field, SearchField } from '../parts/filters.tsx';
import type { AuditSearch } from './audit-entry.ts';

const route = getRouteApi('/audit');

/** Everything that the trail can be searched by; what is chosen stands in the address. */
export function EntryFilters() {
  const { t } = useTranslation('audit');
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const { data } = $api.useQuery('get', '/audit/vocabulary', {}, { staleTime: 60_000 });
  const go = (change: AuditSearch) =>
    void navigate({ search: (before) => ({ ...before, ...change, after: undefined }) });
  const actors = [
    { value: '', label: t('everybody') },
    { value: 'principals', label: t('principals') },
    { value: 'service', label: t('service') },
    ...(data?.actors ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];
  const choose = (value: string) =>
    value === 'service' || value === 'principals'
      ? go({ actor: undefined, by: value })
      : go({ actor: value || undefined, by: undefined });
  return (
    <search className="filters">
      <SearchField
        label={t('text')}
        placeholder={t('textHint')}
        value={search.text}
        onSearch={(text) => go({ text })}
      />
      <Choice label={t('actor')} value={search.actor ?? search.by ?? ''} options={actors} onChoose={choose} />
      <Choice
        label={t('action')}
        value={search.action ?? ''}
        options={optionsOf(t('everything'), data?.actions)}
        onChoose={(action) => go({ action: action || undefined })}
      />
      <Choice
        label={t('kind')}
        value={search.kind ?? ''}
        options={optionsOf(t('everything'), data?.subjectKinds)}
        onChoose={(kind) => go({ kind: kind || undefined })}
      />
      <SearchField label={t('id')} placeholder={t('idHint')} value={search.id} onSearch={(id) => go({ id })} />
      <TimeField label={t('from')} value={search.from} onChange={(from) => go({ from })} />
      <TimeField label={t('until')} value={search.until} onChange={(until) => go({ until })} />
      {Object.values(search).some((value) => value) ? (
        <Button onClick={() => void navigate({ search: {} })}>{t('clear')}</Button>
      ) : null}
    </search>
  );
}

const optionsOf = (all: string, values: readonly string[] = []) => [
  { value: '', label: all },
  ...values.map((value) => ({ value, label: value })),
];

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: { readonly value: string; readonly label: string }[];
  readonly onChoose: (value: string) => void;
}

/** A choice among many: typing narrows it. */
function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <Field label={label}>
      {(id) => (
        <Select
          id={id}
          value={value}
          options={options}
          showSearch={{ optionFilterProp: 'label' }}
          popupMatchSelectWidth={false}
          onChange={onChoose}
        />
      )}
    </Field>
  );
}

interface TimeFieldProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

function TimeField({ label, value, onChange }: TimeFieldProps) {
  return (
    <Field label={label}>
      {(id) => (
        <Input
          id={id}
          type="datetime-local"
          value={value ?? ''}
          onChange={(event) => onChange(event.target.value || undefined)}
        />
      )}
    </Field>
  );
}
