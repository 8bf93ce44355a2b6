import { Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { HolderPicker } from '../spares/holder-picker.tsx';
import { instantOfLocal } from '../spares/local-time.ts';
import type { Holder } from '../spares/words.ts';
import { ActDialog } from './act-dialog.tsx';
import type { Rota } from './on-call-data.ts';

interface OverrideDialogProps {
  readonly rota: Rota;
  readonly onClose: () => void;
}

interface Filled {
  readonly kind: 'take over' | 'remove';
  readonly person: Holder;
  readonly from: string;
  readonly until: string;
  readonly reason: string;
}

/** Puts somebody on call for a span, or takes somebody off. */
export function OverrideDialog({ rota, onClose }: OverrideDialogProps) {
  const { t } = useTranslation('alerts');
  const override = useWrite(({ kind, person, from, until, reason }: Filled, headers) =>
    api.POST('/on-call-rotas/{id}/overrides', {
      params: { path: { id: rota.id }, header: { ...headers, ...ifMatch(rota.version) } },
      body: { kind, personId: person.id, from: instantOfLocal(from) ?? '', until: instantOfLocal(until) ?? '', reason },
    }),
  );
  const required = [{ required: true, message: t('act.missing') }];
  return (
    <ActDialog<Filled>
      title={t('onCall.overrideOf', { name: rota.name })}
      action={t('onCall.override')}
      text={t('onCall.overrideText')}
      initialValues={{ kind: 'take over' }}
      isPending={override.isPending}
      problem={override.problem}
      onSend={override.write}
      onClose={onClose}
    >
      <Form.Item name="kind" label={t('quiet.kind')}>
        <Radio.Group
          options={[
            { value: 'take over', label: t('onCall.takeOver') },
            { value: 'remove', label: t('onCall.remove') },
          ]}
        />
      </Form.Item>
      <Form.Item name="person" trigger="onChoose" rules={required}>
        <HolderPicker label={t('onCall.person')} kind="person" value={undefined} onChoose={() => {}} />
      </Form.Item>
      <Form.Item name="from" label={t('quiet.from')} rules={required}>
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item name="until" label={t('quiet.until')} rules={required}>
        <Input type="datetime-local" />
      </Form.Item>
      <Form.Item name="reason" label={t('quiet.why')} rules={required}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </ActDialog>
  );
}
