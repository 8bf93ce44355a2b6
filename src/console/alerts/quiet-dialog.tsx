import { Form, Input, Radio, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { usePreferences } from '../app/preferences.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { formatSeconds } from '../parts/format.ts';
import { instantOfLocal } from '../parts/local-time.ts';
import { ActDialog } from './act-dialog.tsx';
import type { Alert } from './alert-data.ts';
import type { Quiet } from './quiet.ts';
import { QuietScope } from './quiet-scope.tsx';

interface QuietDialogProps {
  /** The alert that somebody wants to hear no more of, if it is one. */
  readonly alert?: Alert;
  /** What is narrowed down already. */
  readonly given?: { readonly serviceId?: string; readonly ruleId?: string };
  readonly onClose: () => void;
}

const SPANS_SECONDS = [3600, 4 * 3600, 12 * 3600, 86_400, 7 * 86_400];

/** Stands for an end that is stated as a moment. */
const STATED_END = 0;

/** Lets nobody be told for a while: a silence over a rule, a subject or a service, or a maintenance window of a service. */
export function QuietDialog({ alert, given = {}, onClose }: QuietDialogProps) {
  const { t } = useTranslation('alerts');
  const [quiet, setQuiet] = useState<Partial<Quiet>>({ kind: 'silence' });
  const suppress = useWrite((values: Quiet, headers) => {
    const request = { params: { header: headers } };
    const span = spanOf(values);
    if (values.kind === 'silence') {
      return api.POST('/alert-silences', { ...request, body: { ...span, ...matchOf(values, alert) } });
    }
    return api.POST('/alert-maintenance', { ...request, body: { ...span, serviceId: serviceOf(values, alert) } });
  });
  const initial: Partial<Quiet> = { kind: 'silence', scope: 'subject', forSeconds: 3600, ...given };
  return (
    <ActDialog<Quiet>
      title={alert ? t('quiet.of', { name: alert.subject.name }) : t('quiet.new')}
      action={t('quiet.go')}
      text={t('quiet.text')}
      initialValues={initial}
      isPending={suppress.isPending}
      problem={suppress.problem}
      onSend={suppress.write}
      onClose={onClose}
      onChange={setQuiet}
    >
      <KindField />
      <QuietScope alert={alert} kind={quiet.kind ?? 'silence'} />
      <SpanFields kind={quiet.kind ?? 'silence'} isStated={quiet.forSeconds === STATED_END} />
      <Form.Item
        name="reason"
        label={t('quiet.reason')}
        rules={[{ required: true, whitespace: true, message: t('act.reasonMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </ActDialog>
  );
}

/** Whoever may not plan maintenance can only silence, and is not asked. */
function KindField() {
  const { t } = useTranslation('alerts');
  const can = useCan();
  return (
    <Form.Item name="kind" label={t('quiet.kind')} hidden={!can('alert.write')}>
      <Radio.Group
        options={(['silence', 'maintenance'] as const).map((value) => ({ value, label: t(`quietKind.${value}`) }))}
      />
    </Form.Item>
  );
}

function SpanFields({ kind, isStated }: { readonly kind: Quiet['kind']; readonly isStated: boolean }) {
  const { t } = useTranslation('alerts');
  const { language } = usePreferences();
  return (
    <>
      {kind === 'maintenance' ? (
        <Form.Item name="from" label={t('quiet.from')} extra={t('quiet.fromHelp')}>
          <Input type="datetime-local" />
        </Form.Item>
      ) : null}
      <Form.Item name="forSeconds" label={t('quiet.for')}>
        <Select
          options={[
            ...SPANS_SECONDS.map((value) => ({ value, label: formatSeconds(value, language) })),
            { value: STATED_END, label: t('quiet.untilStated') },
          ]}
        />
      </Form.Item>
      {isStated ? (
        <Form.Item name="until" label={t('quiet.until')} rules={[{ required: true, message: t('quiet.untilMissing') }]}>
          <Input type="datetime-local" />
        </Form.Item>
      ) : null}
    </>
  );
}

function spanOf({ from, forSeconds, until, reason }: Quiet) {
  const startsAt = from === undefined ? undefined : instantOfLocal(from);
  const beginMs = startsAt === undefined ? Date.now() : Date.parse(startsAt);
  const ends = until === undefined ? undefined : instantOfLocal(until);
  const endsAt = forSeconds === STATED_END && ends ? ends : new Date(beginMs + forSeconds * 1000).toISOString();
  return { reason, endsAt, ...stated({ startsAt }) };
}

function matchOf({ scope, serviceId, ruleId }: Quiet, alert: Alert | undefined) {
  if (!alert) return stated({ serviceId, ruleId });
  if (scope === 'rule') return { ruleId: alert.rule.id };
  if (scope === 'service' && alert.serviceId !== null) return { serviceId: alert.serviceId };
  return { ruleId: alert.rule.id, key: alert.key };
}

/** The server says what is wrong with a service that is none. */
const serviceOf = ({ serviceId }: Quiet, alert: Alert | undefined): string => alert?.serviceId ?? serviceId ?? '';
