import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { ScanField } from '../parts/scan-field.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { DESK_MODES } from './desk.ts';
import { DeskFeedback } from './desk-feedback.tsx';
import { DeskReturn } from './desk-return.tsx';
import { DeskSwap } from './desk-swap.tsx';
import { DeskTake } from './desk-take.tsx';
import { SparesPage } from './spares-page.tsx';
import './desk.css';
import { useDesk } from './use-desk.ts';
import { useScans } from './use-scans.ts';

const route = getRouteApi('/spares/desk');

/** The scan desk: hand out, take back and swap by scanner, with one request at the end. */
export function DeskPage() {
  const { t } = useTranslation('spares');
  const can = useCan();
  return (
    <SparesPage title={t('desk.title')}>
      {can('allocation.operate') ? <OpenDesk /> : can('inventory.read') ? <p>{t('desk.mayNot')}</p> : <Waiting />}
    </SparesPage>
  );
}

function OpenDesk() {
  const { t } = useTranslation('spares');
  const { mode = 'take' } = route.useSearch();
  const handle = useDesk();
  const scans = useScans(mode, handle);
  const { desk } = handle;
  const isSecond = mode === 'swap' && desk.swap.back !== undefined;
  return (
    <>
      <nav className="desk-modes" aria-label={t('desk.modes')}>
        {DESK_MODES.map((one) => (
          <Link
            key={one}
            to="/spares/desk"
            search={one === 'take' ? {} : { mode: one }}
            activeProps={{}}
            className={one === mode ? 'chosen' : undefined}
            aria-current={one === mode ? 'page' : undefined}
            onClick={scans.clear}
          >
            {t(`desk.mode.${one}`)}
          </Link>
        ))}
      </nav>
      <ScanField hint={t(isSecond ? 'desk.scan.swapTake' : `desk.scan.${mode}`)} onCode={scans.onCode} />
      <DeskFeedback scans={scans} handle={handle} />
      <ProblemAlert error={scans.problem} />
      {mode === 'take' ? <DeskTake handle={handle} scans={scans} /> : null}
      {mode === 'return' ? <DeskReturn handle={handle} scans={scans} /> : null}
      {mode === 'swap' ? <DeskSwap handle={handle} scans={scans} /> : null}
    </>
  );
}
