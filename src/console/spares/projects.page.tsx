import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import type { Entry } from '../parts/entry-form.tsx';
import { ChoiceField } from '../parts/filters.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { TextField } from '../parts/form-fields.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { OWNERS } from '../parts/lookups.ts';
import { NothingHere } from '../parts/nothing-here.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import { LifeMark } from './marks.tsx';
import { SparesPage } from './spares-page.tsx';
import { LIFE_STATES, type Project } from './words.ts';

const route = getRouteApi('/spares/projects');

/** The projects that can have spares and seats. */
export function ProjectsPage() {
  const { t } = useTranslation('spares');
  const { state, after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/projects' });
  const projects = $api.useQuery('get', '/projects', { params: { query: stated({ state, after }) } });
  const can = useCan();
  const columns: TableColumnsType<Project> = [
    { title: t('projects.code'), key: 'code', render: (_, { code }) => <span className="code">{code}</span> },
    { title: t('parts.name'), dataIndex: 'name', key: 'name' },
    { title: t('parts.owner'), key: 'owner', render: (_, { owner }) => owner.name },
    { title: t('state'), key: 'state', render: (_, { retired }) => <LifeMark isRetired={retired !== null} /> },
    {
      key: 'acts',
      title: <span className="visually-hidden">{t('act.title')}</span>,
      render: (_, row) => <Acts project={row} />,
    },
  ];
  return (
    <SparesPage title={t('projects.title')} actions={can('allocation.operate') ? <AddProject /> : null}>
      <search className="filters">
        <ChoiceField
          label={t('state')}
          all={t('lifeState.active')}
          value={state === 'active' ? undefined : state}
          options={LIFE_STATES.filter((value) => value !== 'active').map((value) => ({
            value,
            label: t(`lifeState.${value}`),
          }))}
          onChoose={(chosen) => void navigate({ search: { state: chosen } })}
        />
      </search>
      <KeyedTable
        query={projects}
        columns={columns}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={t('projects.none')} />}
        label={t('projects.title')}
      />
    </SparesPage>
  );
}

interface ProjectValues {
  readonly code: string;
  readonly name: string;
  readonly ownerId: string | null;
}

const bodyOf = ({ code, name, ownerId }: ProjectValues) => ({
  code: code.trim(),
  name: name.trim(),
  ownerId: ownerId ?? '',
});

function AddProject() {
  const { t } = useTranslation('spares');
  const add = useWrite((body: ReturnType<typeof bodyOf>, header) =>
    api.POST('/projects', { body, params: { header } }),
  );
  const initial: ProjectValues = { code: '', name: '', ownerId: null };
  return (
    <FormButton
      label={t('projects.new')}
      initial={initial}
      bodyOf={bodyOf}
      write={add}
      onSubmit={({ body }) => add.write(body)}
    >
      <ProjectFields />
    </FormButton>
  );
}

function ProjectFields({ project }: { readonly project?: Project }) {
  const { t } = useTranslation('spares');
  return (
    <>
      <TextField name="code" label={t('projects.code')} help={t('projects.codeHelp')} lengthMax={40} isCode required />
      <TextField name="name" label={t('parts.name')} lengthMax={120} required />
      <LookupField
        name="ownerId"
        label={t('parts.owner')}
        help={t('projects.ownerHelp')}
        lookup={OWNERS}
        known={project ? [{ value: project.owner.id, label: project.owner.name }] : []}
        required
      />
    </>
  );
}

function Acts({ project }: { readonly project: Project }) {
  const { t } = useTranslation(['spares', 'parts']);
  const can = useCan();
  const { id, code, name, owner, version } = project;
  const path = { id };
  const change = useWrite(({ changed, version: base }: Entry<ReturnType<typeof bodyOf>>, header) =>
    api.PATCH('/projects/{id}', { body: changed, params: { path, header: { ...header, ...ifMatch(base) } } }),
  );
  const retire = useWrite((reason: string, header) =>
    api.POST('/projects/{id}/retire', {
      body: { reason },
      params: { path, header: { ...header, ...ifMatch(version) } },
    }),
  );
  const initial: ProjectValues = { code, name, ownerId: owner.id };
  return (
    <div className="row-actions">
      <LinkButton size="small" to="/spares/out" search={{ list: 'checkouts', kind: 'project', holder: id }}>
        {t('spares:projects.out')}
      </LinkButton>
      {project.retired || !can('allocation.operate') ? null : (
        <>
          <FormButton
            small
            label={t('parts:form.edit')}
            initial={initial}
            version={version}
            bodyOf={bodyOf}
            write={change}
            onSubmit={(entry) => change.write(entry)}
          >
            <ProjectFields project={project} />
          </FormButton>
          <ReasonButton
            small
            danger
            label={t('parts:form.retire')}
            text={t('spares:projects.retireText')}
            write={retire}
            onConfirm={(reason) => retire.write(reason)}
          />
        </>
      )}
    </div>
  );
}
