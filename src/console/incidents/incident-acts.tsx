import { getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import type { ActProps } from './act-props.ts';
import { RecoveryDialog } from './act-recovery.tsx';
import { CloseDialog, ResolveDialog } from './acts-ending.tsx';
import { ContactDialog, NoteDialog, PlanDialog, SubStateDialog, VerificationDialog } from './acts-handling.tsx';
import { DispatchDialog } from './acts-on-site.tsx';
import {
  ClassifyDialog,
  FactsDialog,
  MissingFacts,
  RecordDialog,
  TakeDialog,
  TransferDialog,
} from './acts-recording.tsx';
import { ACTS_OF, type Act, type Incident } from './incident-data.ts';

const route = getRouteApi('/incidents/$id');

const DIALOGS: Record<Act, ComponentType<ActProps>> = {
  take: TakeDialog,
  facts: FactsDialog,
  record: RecordDialog,
  classify: ClassifyDialog,
  transfer: TransferDialog,
  contact: ContactDialog,
  plan: PlanDialog,
  subState: SubStateDialog,
  verification: VerificationDialog,
  dispatch: DispatchDialog,
  recovery: RecoveryDialog,
  resolve: ResolveDialog,
  close: CloseDialog,
  note: NoteDialog,
};

/** The buttons that lead on in each stage; of the others nothing is pressing. */
const LEADS_ON: readonly Act[] = ['record', 'classify', 'transfer', 'resolve', 'close'];

/** What can be done now, with what stands in the way, and the dialog that the address names. */
export function IncidentActs({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const { act } = route.useSearch();
  const navigate = route.useNavigate();
  const allowed = useAllowedActs(incident);
  const show = (opened: Act | undefined) =>
    void navigate({ search: (before) => ({ ...before, act: opened }), replace: opened === undefined });
  const Dialog = act !== undefined && allowed.includes(act) ? DIALOGS[act] : undefined;
  if (allowed.length === 0) return null;
  return (
    <div className="acts no-print">
      {incident.stage === 'record' || incident.stage === 'receive' ? <MissingFacts incident={incident} /> : null}
      {incident.stage === 'handle' ? <Needed incident={incident} /> : null}
      <div className="act-buttons">
        {allowed.map((one) => (
          <Button key={one} type={isPressing(one, incident) ? 'primary' : 'default'} onClick={() => show(one)}>
            {t(one === 'classify' && incident.stage !== 'classify' ? 'act.classifyAgain' : `act.${one}`)}
          </Button>
        ))}
      </div>
      {Dialog ? <Dialog incident={incident} onClose={() => show(undefined)} /> : null}
    </div>
  );
}

/** Of what the stage allows, what the role may do and what makes sense for its kind. */
function useAllowedActs({ stage, kind }: Incident): readonly Act[] {
  const can = useCan();
  const isDown = kind === 'incident' || kind === 'minor-fault';
  return ACTS_OF[stage].filter((act) => {
    if (act === 'recovery') return can('drill.operate') && isDown;
    return can('incident.operate') && (isDown || (act !== 'plan' && act !== 'verification'));
  });
}

function isPressing(act: Act, { stage, neededToResolve }: Incident): boolean {
  if (act === 'take') return true;
  if (stage !== 'handle') return LEADS_ON.includes(act) && ACTS_OF[stage][0] === act;
  const [next] = neededToResolve;
  const needed = next === 'recovery' ? 'verification' : next;
  return act === (needed ?? 'resolve');
}

/** What must happen before it can be resolved. */
function Needed({ incident }: { readonly incident: Incident }) {
  const { t } = useTranslation('incidents');
  const { neededToResolve } = incident;
  if (neededToResolve.length === 0) return <p>{t('missing.none')}</p>;
  return <p>{t('missing.end', { needs: neededToResolve.map((need) => t(`need.${need}`)).join(t('and')) })}</p>;
}
