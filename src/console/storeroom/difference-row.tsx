import { Link } from '@tanstack/react-router';
import { Input, Select } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../parts/filters.tsx';
import { Mark, type Tone } from '../parts/mark.tsx';
import type { UnitState } from '../spares/words.ts';
import {
  DIFFERENCE_REASONS,
  type Difference,
  type DifferenceAction,
  type DifferenceKind,
  type DifferenceReason,
} from './words.ts';

/** What somebody is about to decide. */
export interface Draft {
  readonly action: DifferenceAction;
  readonly reason: DifferenceReason;
  readonly note?: string;
}

const TONES: Record<DifferenceKind, Tone> = {
  surplus: 'warn',
  shortage: 'bad',
  missing: 'bad',
  misplaced: 'warn',
  found: 'good',
  'counted-twice': 'warn',
  'not-in-stock': 'warn',
  unknown: 'warn',
  uncounted: 'quiet',
};

interface DifferenceRowProps {
  readonly difference: Difference;
  readonly draft: Draft | undefined;
  /** Left out where nothing is to be decided. */
  readonly onDraft: ((draft: Draft) => void) | undefined;
}

/** One difference: what is wrong, who counted it, what is proposed, and what is done about it. */
export function DifferenceRow({ difference, draft, onDraft }: DifferenceRowProps) {
  const { t } = useTranslation('storeroom');
  const { kind, needsSecond, countedBy, confirmedBy, proposal, action, reason, note, outcome } = difference;
  return (
    <li className="difference">
      <div>
        <Mark tone={TONES[kind]}>{t(`differenceKind.${kind}`)}</Mark> <What difference={difference} />
        <p className="difference-said">
          <Said difference={difference} />
        </p>
        <p className="sub">
          {countedBy ? t('differences.countedBy', { who: countedBy.name }) : null}
          {confirmedBy ? ` · ${t('differences.confirmedBy', { who: confirmedBy.name })}` : null}
          {needsSecond && !confirmedBy ? ` · ${t('differences.unconfirmed')}` : null}
        </p>
        {action ? (
          <p>
            <Mark tone="good">{t('differences.decided')}</Mark> {t(`differenceAction.${action}`)}
            {reason ? ` · ${t(`differenceReason.${reason}`)}` : null}
            {note ? ` · ${note}` : null}
            {outcome ? ` · ${t(`outcome.${outcome}`)}` : null}
          </p>
        ) : (
          <p className="sub">{t('differences.proposed', { action: t(`differenceAction.${proposal}`) })}</p>
        )}
      </div>
      {onDraft ? <Decide difference={difference} draft={draft} onDraft={onDraft} /> : null}
    </li>
  );
}

function What({ difference: { unit, part, code } }: { readonly difference: Difference }): ReactNode {
  if (unit) {
    return (
      <>
        <Link to="/spares/units/$id" params={{ id: unit.id }} className="code">
          {unit.serial}
        </Link>{' '}
        {part ? <span className="code">{part.partNumber}</span> : null}
      </>
    );
  }
  if (!part) return <span className="code">{code}</span>;
  return (
    <Link to="/spares/parts/$id" params={{ id: part.id }} className="code">
      {part.partNumber}
    </Link>
  );
}

function Said({ difference }: { readonly difference: Difference }) {
  const { t } = useTranslation('storeroom');
  const unitWord = useTranslation('spares').t;
  const { unit, location, seenAt, registerState, expected, counted } = difference;
  const register = location?.code ?? t('differences.nowhere');
  if (!unit) {
    if (counted === null) return <>{t('differences.notCounted', { place: register })}</>;
    if (expected === null) return <>{t('differences.seen', { place: seenAt?.code ?? '–' })}</>;
    return <>{t('differences.pieces', { expected, counted, place: register })}</>;
  }
  const state = registerState ? unitWord(`unitState.${registerState as UnitState}`) : '–';
  if (counted === 0) return <>{t('differences.notThere', { place: register })}</>;
  return <>{t('differences.unit', { register, state, place: seenAt?.code ?? '–' })}</>;
}

interface DecideProps {
  readonly difference: Difference;
  readonly draft: Draft | undefined;
  readonly onDraft: (draft: Draft) => void;
}

function Decide({ difference, draft, onDraft }: DecideProps) {
  const { t } = useTranslation('storeroom');
  const { actions, action, reason, proposal, note } = difference;
  const first = actions.includes(proposal) ? proposal : (actions[0] ?? 'leave');
  const now: Draft = draft ?? { action: action ?? first, reason: reason ?? 'unexplained', ...(note ? { note } : {}) };
  return (
    <div className="difference-decide">
      <Field label={t('differences.action')}>
        {(id) => (
          <Select<DifferenceAction>
            id={id}
            value={now.action}
            options={actions.map((value) => ({ value, label: t(`differenceAction.${value}`) }))}
            onChange={(chosen) => onDraft({ ...now, action: chosen })}
          />
        )}
      </Field>
      <Field label={t('reason')}>
        {(id) => (
          <Select<DifferenceReason>
            id={id}
            value={now.reason}
            options={DIFFERENCE_REASONS.map((value) => ({ value, label: t(`differenceReason.${value}`) }))}
            onChange={(chosen) => onDraft({ ...now, reason: chosen })}
          />
        )}
      </Field>
      <Field label={t('note')}>
        {(id) => (
          <Input
            id={id}
            value={now.note ?? ''}
            maxLength={300}
            onChange={({ target }) => {
              const { note: _, ...rest } = now;
              onDraft(target.value.trim() === '' ? rest : { ...rest, note: target.value });
            }}
          />
        )}
      </Field>
    </div>
  );
}
