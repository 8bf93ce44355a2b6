import { Alert, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { ActDialog, useAct } from './act-dialog.tsx';
import type { ActProps } from './act-props.ts';

/** Who is sent to the place, with what was allocated for it. */
export function DispatchDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/dispatches', incident);
  const query = { purpose: 'incident', open: true, limit: 50 } as const;
  const checkouts = $api.useQuery('get', '/checkouts', { params: { query } });
  const holds = $api.useQuery('get', '/holds', { params: { query } });
  const allocations = [...(checkouts.data?.items ?? []), ...(holds.data?.items ?? [])];
  return (
    <ActDialog
      title={t('act.dispatch')}
      about={t('actAbout.dispatch')}
      go={t('save')}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      {checkouts.data && holds.data && allocations.length === 0 ? (
        <Alert type="info" showIcon className="needed" title={t('dispatch.nothing')} />
      ) : null}
      <Form.Item
        name="allocationId"
        label={t('dispatch.allocation')}
        rules={[{ required: true, message: t('dispatch.allocationMissing') }]}
      >
        <Select
          loading={checkouts.isPending || holds.isPending}
          options={allocations.map(({ id, code, holder, note }) => ({
            value: id,
            label: [code, holder.name, note].filter(Boolean).join(' · '),
          }))}
        />
      </Form.Item>
      <Form.Item
        name="destination"
        label={t('dispatch.destination')}
        rules={[{ required: true, whitespace: true, message: t('dispatch.destinationMissing') }]}
      >
        <Input maxLength={500} />
      </Form.Item>
      <Form.Item
        name="who"
        label={t('dispatch.who')}
        rules={[{ required: true, whitespace: true, message: t('dispatch.whoMissing') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
    </ActDialog>
  );
}
