import { Button, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { ActDialog, useAct } from './act-dialog.tsx';
import type { ActProps } from './act-props.ts';
import { CONTACT_WAYS, SUB_STATES } from './incident-data.ts';

/** Who was reached, how, and what was said. */
export function ContactFields({ whoHint }: { readonly whoHint?: string }) {
  const { t } = useTranslation('incidents');
  return (
    <>
      <Form.Item
        name="who"
        label={t('contact.who')}
        {...(whoHint === undefined ? {} : { extra: whoHint })}
        rules={[{ required: true, whitespace: true, message: t('contact.whoMissing') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item name="how" label={t('contact.how')} rules={[{ required: true, message: t('contact.howMissing') }]}>
        <Select options={CONTACT_WAYS.map((value) => ({ value, label: t(`way.${value}`) }))} />
      </Form.Item>
      <Form.Item
        name="said"
        label={t('contact.said')}
        rules={[{ required: true, whitespace: true, message: t('contact.saidMissing') }]}
      >
        <Input.TextArea rows={3} maxLength={4000} />
      </Form.Item>
    </>
  );
}

export function ContactDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/contacts', incident);
  return (
    <ActDialog
      title={t('act.contact')}
      about={t('actAbout.contact')}
      go={t('save')}
      initial={{ how: 'phone' } as object}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <ContactFields whoHint={t('contact.reporter', { contact: incident.reporterContact })} />
    </ActDialog>
  );
}

export function PlanDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/plans', incident);
  return (
    <ActDialog
      title={t('act.plan')}
      about={t('actAbout.plan')}
      go={t('save')}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <Form.Item
        name="text"
        label={t('plan.text')}
        rules={[{ required: true, whitespace: true, message: t('plan.textMissing') }]}
      >
        <Input.TextArea rows={4} maxLength={10_000} />
      </Form.Item>
      <PlanResources />
    </ActDialog>
  );
}

function PlanResources() {
  const { t } = useTranslation('incidents');
  return (
    <Form.List name="resources">
      {(fields, { add, remove }) => (
        <fieldset className="resources">
          <legend>{t('plan.resources')}</legend>
          {fields.map(({ key, name }) => (
            <div key={key} className="resource">
              <Form.Item
                name={[name, 'what']}
                label={t('plan.what')}
                rules={[{ required: true, whitespace: true, message: t('plan.whatMissing') }]}
              >
                <Input maxLength={200} />
              </Form.Item>
              <Form.Item name={[name, 'quantity']} label={t('plan.quantity')} initialValue={1}>
                <InputNumber min={1} max={10_000} />
              </Form.Item>
              <Button onClick={() => remove(name)}>{t('plan.remove')}</Button>
            </div>
          ))}
          <Button onClick={() => add()}>{t('plan.add')}</Button>
        </fieldset>
      )}
    </Form.List>
  );
}

export function SubStateDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/sub-state', incident);
  const others = SUB_STATES.filter((state) => state !== incident.subState);
  return (
    <ActDialog
      title={t('act.subState')}
      about={t('actAbout.subState')}
      go={t('act.subState')}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <Form.Item name="subState" label={t('subStateNext')} rules={[{ required: true, message: t('subStateMissing') }]}>
        <Radio.Group options={others.map((value) => ({ value, label: t(`subState.${value}`) }))} />
      </Form.Item>
    </ActDialog>
  );
}

export function VerificationDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/verifications', incident);
  return (
    <ActDialog
      title={t('act.verification')}
      about={t('actAbout.verification')}
      go={t('save')}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <Form.Item
        name="result"
        label={t('verification.result')}
        rules={[{ required: true, message: t('verification.resultMissing') }]}
      >
        <Radio.Group
          options={(['passed', 'failed'] as const).map((value) => ({ value, label: t(`verification.${value}`) }))}
        />
      </Form.Item>
      <Form.Item
        name="who"
        label={t('verification.who')}
        rules={[{ required: true, whitespace: true, message: t('verification.whoMissing') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item
        name="how"
        label={t('verification.how')}
        rules={[{ required: true, whitespace: true, message: t('verification.howMissing') }]}
      >
        <Input.TextArea rows={3} maxLength={2000} />
      </Form.Item>
    </ActDialog>
  );
}

export function NoteDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/notes', incident);
  return (
    <ActDialog
      title={t('act.note')}
      about={t('actAbout.note')}
      go={t('save')}
      isDated={false}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <Form.Item
        name="text"
        label={t('note')}
        rules={[{ required: true, whitespace: true, message: t('noteMissing') }]}
      >
        <Input.TextArea rows={3} maxLength={4000} />
      </Form.Item>
    </ActDialog>
  );
}
