import { Alert, Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { ActDialog, useAct } from './act-dialog.tsx';
import type { ActProps } from './act-props.ts';
import { ContactFields } from './acts-handling.tsx';
import { DECISIONS } from './incident-data.ts';

/** Says how it ended. What must have happened before is named. */
export function ResolveDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/resolve', incident);
  const { neededToResolve, kind } = incident;
  return (
    <ActDialog
      title={t('act.resolve')}
      about={t('actAbout.resolve')}
      go={t('act.resolve')}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      {neededToResolve.length > 0 ? (
        <Alert
          type="warning"
          showIcon
          className="needed"
          title={t('missing.end', { needs: neededToResolve.map((need) => t(`need.${need}`)).join(t('and')) })}
        />
      ) : null}
      <Form.Item
        name="text"
        label={t('resolve.text')}
        rules={[{ required: true, whitespace: true, message: t('resolve.textMissing') }]}
      >
        <Input.TextArea rows={3} maxLength={10_000} />
      </Form.Item>
      <Form.Item name="cause" label={t('resolve.cause')} extra={t('resolve.causeHelp')}>
        <Input.TextArea rows={2} maxLength={4000} />
      </Form.Item>
      {kind === 'suggestion' ? (
        <>
          <Form.Item
            name={['decision', 'outcome']}
            label={t('resolve.decision')}
            rules={[{ required: true, message: t('resolve.decisionMissing') }]}
          >
            <Radio.Group options={DECISIONS.map((value) => ({ value, label: t(`decision.${value}`) }))} />
          </Form.Item>
          <Form.Item
            name={['decision', 'reason']}
            label={t('resolve.why')}
            rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
          >
            <Input.TextArea rows={2} maxLength={2000} />
          </Form.Item>
        </>
      ) : null}
    </ActDialog>
  );
}

/** What the customer was told, and what they say of it; that ends it for good. */
export function CloseDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/close', incident);
  return (
    <ActDialog
      title={t('act.close')}
      about={t('actAbout.close')}
      go={t('act.close')}
      initial={{ how: 'phone' } as object}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <ContactFields whoHint={t('contact.reporter', { contact: incident.reporterContact })} />
      <Form.Item name="isSatisfied" label={t('close.satisfied')}>
        <Radio.Group
          options={[
            { value: true, label: t('close.yes') },
            { value: false, label: t('close.no') },
            { value: undefined, label: t('close.notAsked') },
          ]}
        />
      </Form.Item>
    </ActDialog>
  );
}
