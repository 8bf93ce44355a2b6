import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { instantOfLocal, localDaysAfter } from '../parts/local-time.ts';
import { ActDialog } from './act-dialog.tsx';
import type { Action } from './incident-data.ts';
import { NamedSelect } from './named-picker.tsx';

/** What has found an action; null for what somebody enters by itself. */
type Origin = { readonly kind: 'incident-review' | 'process-review'; readonly id: string } | null;

interface Filled {
  readonly title: string;
  readonly note?: string;
  readonly ownerId: string;
  readonly dueAt: string;
}

/** Two weeks, unless somebody says otherwise. */
const USUAL_DAYS = 14;

/** Something that is to be put right, with an owner and a date. */
export function NewActionDialog({ of, onClose }: { readonly of: Origin; readonly onClose: () => void }) {
  const { t } = useTranslation('incidents');
  const open = useWrite((filled: Filled, header) => {
    const body = { ...filled, dueAt: instantOfLocal(filled.dueAt) ?? filled.dueAt };
    if (of === null) return api.POST('/actions', { params: { header }, body });
    const params = { path: { id: of.id }, header };
    return of.kind === 'incident-review'
      ? api.POST('/incident-reviews/{id}/actions', { params, body })
      : api.POST('/process-reviews/{id}/actions', { params, body });
  });
  return (
    <ActDialog<Filled>
      title={t('actions.new')}
      about={t('actions.about')}
      go={t('save')}
      isDated={false}
      initial={{ dueAt: localDaysAfter(new Date(), USUAL_DAYS) }}
      problem={open.problem}
      isPending={open.isPending}
      onSend={open.write}
      onClose={onClose}
    >
      <ActionFields />
    </ActDialog>
  );
}

function ActionFields({ owner }: { readonly owner?: string | undefined }) {
  const { t } = useTranslation('incidents');
  return (
    <>
      <Form.Item
        name="title"
        label={t('actions.what')}
        rules={[{ required: true, whitespace: true, message: t('actions.whatMissing') }]}
      >
        <Input maxLength={300} />
      </Form.Item>
      <Form.Item
        name="ownerId"
        label={t('actions.owner')}
        rules={[{ required: true, message: t('actions.ownerMissing') }]}
      >
        <NamedSelect kinds={['person', 'team']} name={owner} />
      </Form.Item>
      <Form.Item name="dueAt" label={t('actions.due')} rules={[{ required: true, message: t('actions.dueMissing') }]}>
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item name="note" label={t('noteOptional')}>
        <Input.TextArea rows={2} maxLength={4000} />
      </Form.Item>
    </>
  );
}

interface EndProps {
  readonly action: Action;
  readonly how: 'done' | 'drop';
  readonly onClose: () => void;
}

/** Says that an action is done and what shows it, or that nobody will do it and why. */
export function EndActionDialog({ action, how, onClose }: EndProps) {
  const { t } = useTranslation('incidents');
  const end = useWrite(({ outcome }: { outcome: string }, headers) => {
    const params = { path: { id: action.id }, header: { ...headers, ...ifMatch(action.version) } };
    return how === 'done'
      ? api.POST('/actions/{id}/done', { params, body: { proof: outcome } })
      : api.POST('/actions/{id}/drop', { params, body: { reason: outcome } });
  });
  return (
    <ActDialog<{ outcome: string }>
      title={t(`actionEnd.${how}`)}
      about={t(`actionEndAbout.${how}`, { title: action.title })}
      go={t(`actionEnd.${how}`)}
      isDated={false}
      problem={end.problem}
      isPending={end.isPending}
      onSend={end.write}
      onClose={onClose}
    >
      <Form.Item
        name="outcome"
        label={t(`actionOutcome.${how}`)}
        rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
      >
        <Input maxLength={4000} />
      </Form.Item>
    </ActDialog>
  );
}
