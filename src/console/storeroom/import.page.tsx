import { getRouteApi } from '@tanstack/react-router';
import { Alert, App, Button, Modal, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api, API_ROOT, api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatBytes, formatCount } from '../parts/format.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { ImportLines } from './import-lines.tsx';
import { ImportMark, isUnderWay } from './import-mark.tsx';
import { NewMapping } from './new-mapping.tsx';
import { StoreroomPage } from './storeroom-page.tsx';
import type { Import, ImportQuery } from './words.ts';

const route = getRouteApi('/storeroom/imports/$id');

/** How often a file that is under way is looked at. */
const LOOK_MS = 700;

/** One file: how it was understood, what each line would do or did, and applying it. */
export function ImportPage() {
  const { t } = useTranslation('storeroom');
  const { id } = route.useParams();
  /** How it stood when it was last told to be applied; undefined before. */
  const [applied, setApplied] = useState<string>();
  const found = $api.useQuery(
    'get',
    '/imports/{id}',
    { params: { path: { id } } },
    {
      refetchInterval: ({ state: { data } }) =>
        data && (isUnderWay(data) || applied === standOf(data)) ? LOOK_MS : false,
    },
  );
  const isApplying = found.data !== undefined && applied === standOf(found.data);
  return (
    <StoreroomPage
      title={found.data?.fileName ?? t('imports.one')}
      actions={
        found.data ? (
          <Apply
            found={found.data}
            isApplying={isApplying}
            onApplying={() => found.data && setApplied(standOf(found.data))}
          />
        ) : null
      }
    >
      <Loaded query={found}>{(data) => <Read found={data} isApplying={isApplying} />}</Loaded>
    </StoreroomPage>
  );
}

/** Changes as soon as an application has ended, well or not. */
const standOf = ({ state, checkedAt, failure }: Import): string => `${state} ${checkedAt} ${failure}`;

function Read({ found, isApplying }: { readonly found: Import; readonly isApplying: boolean }) {
  const { t } = useTranslation('storeroom');
  const { language } = usePreferences();
  const { progress, failure, columns, kind } = found;
  return (
    <>
      {failure ? (
        <Alert
          type="error"
          showIcon
          role="alert"
          className="problem"
          title={t('imports.notDone')}
          description={failure}
        />
      ) : null}
      {progress || isApplying ? <Step progress={progress} /> : null}
      <Section title={t('imports.understood')}>
        <Facts
          facts={[
            [t('state'), <ImportMark key="state" found={found} />],
            [t('imports.kind'), t(`importKind.${kind as ImportQuery['kind']}`)],
            [
              t('imports.form'),
              [
                formatBytes(found.sizeBytes),
                t(`fileForm.${found.encoding}`),
                t(`fileForm.${found.delimiter}`),
                t(found.decimalMark === 'point' ? 'imports.decimalPoint' : 'imports.decimalComma'),
              ].join(' · '),
            ],
            [t('imports.mapping'), found.mapping],
            [t('imports.columns'), <Columns key="columns" columns={columns} />],
            [t('imports.sent'), <Moment key="sent" at={found.createdAt} />],
            [t('imports.applied'), found.appliedAt ? <Moment key="applied" at={found.appliedAt} /> : null],
          ]}
        />
        <div className="row-actions count-foot">
          <NewMapping kind={kind as ImportQuery['kind']} columns={columns} onMade={() => undefined} />
          {found.errors > 0 ? (
            <Button href={`${API_ROOT}/imports/${found.id}/errors.csv`} download>
              {t('imports.errorsCsv', { errors: formatCount(found.errors, language) })}
            </Button>
          ) : null}
        </div>
      </Section>
      {found.state === 'read' ? null : <ImportLines found={found} />}
    </>
  );
}

function Columns({ columns }: Pick<Import, 'columns'>) {
  const { t } = useTranslation('storeroom');
  return (
    <ul className="import-columns">
      {columns.map(({ header, field }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a file may have two columns of one name, and they stay where they are
        <li key={index}>
          <span className="code">{header}</span> →{' '}
          {field ? <span className="code">{field}</span> : <em>{t('imports.aside')}</em>}
        </li>
      ))}
    </ul>
  );
}

function Step({ progress }: Pick<Import, 'progress'>) {
  const { t } = useTranslation('storeroom');
  const { language } = usePreferences();
  const { step = 'applying', done = 0, total = null } = progress ?? {};
  const text = t('imports.step', { step: t(`importStep.${step}`), done: formatCount(done, language) });
  return (
    <div role="status">
      <Progress percent={total ? Math.floor((done / total) * 100) : 0} aria-label={text} />
      <p className="sub">{text}</p>
    </div>
  );
}

interface ApplyProps {
  readonly found: Import;
  readonly isApplying: boolean;
  readonly onApplying: () => void;
}

/** Carries the file out, after saying what that does: all of it or nothing. */
function Apply({ found, isApplying, onApplying }: ApplyProps) {
  const { t } = useTranslation('storeroom');
  const { language } = usePreferences();
  const { message } = App.useApp();
  const [isAsking, setAsking] = useState(false);
  const { id, state, errors, creates, updates, unchanged } = found;
  const { write, isPending, problem } = useWrite((_: undefined, headers) =>
    api.POST('/imports/{id}/apply', { params: { path: { id }, header: headers } }),
  );
  const apply = () =>
    write(undefined).then(
      () => {
        onApplying();
        setAsking(false);
        void message.info(t('imports.begun'));
      },
      () => undefined,
    );
  if (state !== 'checked') return null;
  return (
    <>
      <Button
        type="primary"
        disabled={errors > 0}
        loading={isApplying || isUnderWay(found)}
        onClick={() => setAsking(true)}
      >
        {t('imports.apply')}
      </Button>
      <Modal
        open={isAsking}
        title={t('imports.apply')}
        okText={t('imports.apply')}
        cancelText={t('cancel')}
        confirmLoading={isPending}
        onOk={() => void apply()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('imports.applyText')}</p>
        <Facts
          facts={[
            [t('imports.creates'), formatCount(creates, language)],
            [t('imports.updates'), formatCount(updates, language)],
            [t('imports.unchanged'), formatCount(unchanged, language)],
          ]}
        />
        <ProblemAlert error={problem} />
      </Modal>
    </>
  );
}
