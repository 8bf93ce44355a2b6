import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Told } from '../parts/told.tsx';
import { AllocationLink } from './allocation-link.tsx';
import { Alternatives } from './alternatives.tsx';
import { keyOf, nameOf } from './desk.ts';
import type { DeskHandle } from './use-desk.ts';
import type { Scans } from './use-scans.ts';

interface DeskFeedbackProps {
  readonly scans: Scans;
  readonly handle: DeskHandle;
}

/** What became of the last scan, large and read aloud; after a refusal what would do instead. */
export function DeskFeedback({ scans, handle }: DeskFeedbackProps) {
  const { t } = useTranslation('spares');
  const { feedback, take } = scans;
  return (
    <Told
      label={t('desk.lastScan')}
      told={feedback && { ...feedback, word: t(`desk.tone.${feedback.tone}`) }}
      empty={t('desk.nothingScanned')}
    >
      {feedback?.choose ? (
        <div className="row-actions">
          {feedback.choose.map((line) => (
            <Button key={keyOf(line)} onClick={() => take(line)}>
              {nameOf(line)} · {line.kind === 'kit' ? '' : line.part.name}
            </Button>
          ))}
        </div>
      ) : null}
      {feedback?.allocation ? (
        <p>
          {t('desk.goTo')} <AllocationLink allocation={feedback.allocation} />
        </p>
      ) : null}
      {feedback?.instead ? (
        <Alternatives
          key={feedback.number}
          part={feedback.instead.part}
          refused={feedback.instead.unitId}
          asked={1}
          taken={handle.desk.basket}
          onTake={(line) => scans.take(line)}
        />
      ) : null}
    </Told>
  );
}
