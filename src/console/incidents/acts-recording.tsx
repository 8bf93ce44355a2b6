import { Alert, Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { ActDialog, useAct } from './act-dialog.tsx';
import type { ActProps } from './act-props.ts';
import { FactFields } from './fact-fields.tsx';
import { type Incident, KINDS, SEVERITIES } from './incident-data.ts';
import { NamedSelect } from './named-picker.tsx';

export function TakeDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/take', incident);
  return (
    <ActDialog
      title={t('act.take')}
      about={t('actAbout.take')}
      go={t('act.take')}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    />
  );
}

export function FactsDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/facts', incident);
  const { symptom, frequency, scope } = incident;
  return (
    <ActDialog
      title={t('act.facts')}
      about={t('actAbout.facts')}
      go={t('save')}
      initial={
        { symptom: symptom ?? undefined, frequency: frequency ?? undefined, scope: scope ?? undefined } as object
      }
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <FactFields />
    </ActDialog>
  );
}

export function RecordDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/record', incident);
  return (
    <ActDialog
      title={t('act.record')}
      about={t('actAbout.record')}
      go={t('act.record')}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <MissingFacts incident={incident} />
    </ActDialog>
  );
}

/** Names what the severity asks for and nobody has said; nothing when all is known. */
export function MissingFacts({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const { missingFacts, severity } = incident;
  if (missingFacts.length === 0) return null;
  const facts = missingFacts.map((fact) => t(`fact.${fact}`)).join(t('and'));
  return (
    <Alert
      type="warning"
      showIcon
      className="needed"
      title={t('missing.facts', { severity: t(`severity.${severity}`), facts })}
    />
  );
}

/** The proposal of the rules stands first, and is chosen; whoever deviates says why. */
export function ClassifyDialog(props: ActProps) {
  const { id } = props.incident;
  const proposal = $api.useQuery('get', '/incidents/{id}/classification-proposal', { params: { path: { id } } });
  return <Loaded query={proposal}>{(proposed) => <Classify {...props} proposed={proposed} />}</Loaded>;
}

interface ClassifyProps extends ActProps {
  readonly proposed: { readonly severity: Incident['severity'] | null; readonly rule: string | null };
}

function Classify({ incident, onClose, proposed }: ClassifyProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/classify', incident);
  const isFirst = incident.stage === 'classify';
  const severity = isFirst ? (proposed.severity ?? incident.severity) : incident.severity;
  return (
    <ActDialog
      title={t(isFirst ? 'act.classify' : 'act.classifyAgain')}
      about={t(isFirst ? 'actAbout.classify' : 'actAbout.classifyAgain')}
      go={t('act.classify')}
      initial={{ kind: incident.kind, severity }}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <MissingFacts incident={incident} />
      <Alert
        type="info"
        showIcon
        className="needed"
        title={
          proposed.severity
            ? t('classify.proposed', { severity: t(`severity.${proposed.severity}`) })
            : t('classify.noProposal')
        }
        description={proposed.rule ? t('classify.rule', { rule: proposed.rule }) : null}
      />
      <Form.Item name="kind" label={t('field.kind')}>
        <Radio.Group options={KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))} />
      </Form.Item>
      <Form.Item name="severity" label={t('field.severity')}>
        <Radio.Group options={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))} />
      </Form.Item>
      <Form.Item noStyle dependencies={['severity']}>
        {({ getFieldValue }) => {
          const isNeeded = !isFirst || getFieldValue('severity') !== proposed.severity;
          return (
            <Form.Item
              name="reason"
              label={t(isNeeded ? 'classify.reason' : 'classify.reasonOptional')}
              rules={[{ required: isNeeded, whitespace: true, message: t('reasonMissing') }]}
            >
              <Input.TextArea rows={2} maxLength={500} />
            </Form.Item>
          );
        }}
      </Form.Item>
    </ActDialog>
  );
}

export function TransferDialog({ incident, onClose }: ActProps) {
  const { t } = useTranslation('incidents');
  const act = useAct('/incidents/{id}/transfer', incident);
  return (
    <ActDialog
      title={t('act.transfer')}
      about={t('actAbout.transfer')}
      go={t('act.transfer')}
      initial={{ teamId: incident.team?.id } as object}
      problem={act.problem}
      isPending={act.isPending}
      onSend={act.write}
      onClose={onClose}
    >
      <Form.Item name="teamId" label={t('field.team')} rules={[{ required: true, message: t('transfer.teamMissing') }]}>
        <NamedSelect kinds={['team']} name={incident.team?.name} />
      </Form.Item>
      <Form.Item name="personId" label={t('transfer.person')}>
        <NamedSelect kinds={['person']} />
      </Form.Item>
      <Form.Item
        name="reason"
        label={t('transfer.reason')}
        rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
      >
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </ActDialog>
  );
}
