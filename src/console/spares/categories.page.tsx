import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import type { Entry } from '../parts/entry-form.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import { bodyOfCategory, CategoryFields, type CategoryValues, valuesOfCategory } from './category-form.tsx';
import { SparesPage } from './spares-page.tsx';
import type { Category } from './words.ts';

const route = getRouteApi('/spares/categories');
type CategoryBody = ReturnType<typeof bodyOfCategory>;

/** The categories of parts, with what their parts state besides what all parts do. */
export function CategoriesPage() {
  const { t } = useTranslation('spares');
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/categories' });
  const can = useCan();
  const categories = $api.useQuery('get', '/part-categories', { params: { query: stated({ after }) } });
  const columns: TableColumnsType<Category> = [
    { title: t('parts.name'), dataIndex: 'name', key: 'name' },
    {
      title: t('categories.fields'),
      key: 'fields',
      render: (_, { fields }) => fields.map(({ label }) => label).join(', ') || '–',
    },
    {
      key: 'acts',
      title: <span className="visually-hidden">{t('act.title')}</span>,
      render: (_, category) => (can('inventory.write') ? <Acts category={category} /> : null),
    },
  ];
  return (
    <SparesPage title={t('categories.title')} actions={can('inventory.write') ? <AddCategory /> : null}>
      <KeyedTable
        query={categories}
        columns={columns}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: { after: next } })}
        empty={<NothingHere text={t('categories.none')} />}
        label={t('categories.title')}
      />
    </SparesPage>
  );
}

function AddCategory() {
  const { t } = useTranslation('spares');
  const add = useWrite((body: CategoryBody, header) => api.POST('/part-categories', { body, params: { header } }));
  const initial: CategoryValues = { name: '', fields: [] };
  return (
    <FormButton
      label={t('categories.new')}
      initial={initial}
      bodyOf={bodyOfCategory}
      write={add}
      onSubmit={({ body }) => add.write(body)}
    >
      <CategoryFields />
    </FormButton>
  );
}

function Acts({ category }: { readonly category: Category }) {
  const { t } = useTranslation(['spares', 'parts']);
  const { id, version } = category;
  const change = useWrite(({ changed, version: base }: Entry<CategoryBody>, header) =>
    api.PATCH('/part-categories/{id}', {
      body: changed,
      params: { path: { id }, header: { ...header, ...ifMatch(base) } },
    }),
  );
  const retire = useWrite((reason: string, header) =>
    api.POST('/part-categories/{id}/retire', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  return (
    <div className="row-actions">
      <FormButton
        small
        label={t('parts:form.edit')}
        initial={valuesOfCategory(category)}
        version={version}
        bodyOf={bodyOfCategory}
        write={change}
        onSubmit={(entry) => change.write(entry)}
      >
        <CategoryFields />
      </FormButton>
      <ReasonButton
        small
        danger
        label={t('parts:form.retire')}
        text={t('spares:categories.retireText')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </div>
  );
}
