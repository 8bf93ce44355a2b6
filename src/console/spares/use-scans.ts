import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatMoment } from '../parts/format.ts';
import { type BasketLine, type DeskMode, nameOf, type PartName, putInto, type ReturnLine } from './desk.ts';
import { type Found, lookUp } from './look-up.ts';
import { meaningOf, type ScanOutcome, type ScanRefusal } from './scan-outcome.ts';
import type { DeskHandle } from './use-desk.ts';
import type { Allocation } from './words.ts';

/** What the desk answers to a scan, in words. */
export interface Feedback {
  readonly tone: 'good' | 'warn' | 'bad';
  readonly text: string;
  /** Things to choose from. */
  readonly choose?: readonly BasketLine[];
  /** The part whose other pieces or substitutes would do instead. */
  readonly instead?: { readonly part: PartName; readonly unitId: string | undefined } | null;
  /** What has what was scanned. */
  readonly allocation?: (Pick<Allocation, 'id' | 'form'> & { readonly code: string }) | null;
  /** Counts the answers, so that the same one twice is told twice. */
  readonly number: number;
}

/** Looks scans up, puts onto the desk what they stand for, and says what became of each. */
export function useScans(mode: DeskMode, handle: DeskHandle) {
  const { t } = useTranslation('spares');
  const words = useRefusalWords();
  const { now, change } = handle;
  const [feedback, setFeedback] = useState<Feedback>();
  const [problem, setProblem] = useState<unknown>(null);
  const tell = (told: Omit<Feedback, 'number'>) =>
    setFeedback((last) => ({ ...told, number: (last?.number ?? 0) + 1 }));

  /** Puts a thing into the basket, or into the swap as what goes out. */
  function take(line: BasketLine, promisedTo: string | null = null) {
    const name = nameOf(line);
    if (mode === 'swap') {
      change(({ swap }) => ({ swap: { ...swap, take: line } }));
      return tell({ tone: 'good', text: t('desk.told.swapTake', { name }) });
    }
    const { how } = putInto(now().basket, line);
    change(({ basket }) => ({ basket: putInto(basket, line).basket }));
    if (how === 'already') return tell({ tone: 'warn', text: t('desk.told.already', { name }) });
    if (promisedTo) return tell({ tone: 'warn', text: t('desk.told.promised', { name, who: promisedTo }) });
    return tell({ tone: 'good', text: t(`desk.told.${how}`, { name }) });
  }

  function bringBack(lines: readonly ReturnLine[]) {
    const [first] = lines;
    if (!first) return;
    if (mode === 'swap') {
      change({ swap: { back: first, isBack: false } });
      return tell({ tone: 'good', text: t('desk.told.swapBack', { what: first.what, who: first.holder.name }) });
    }
    const known = new Set(now().returns.map(({ lineId }) => lineId));
    const fresh = lines.filter(({ lineId }) => !known.has(lineId));
    if (fresh.length === 0) return tell({ tone: 'warn', text: t('desk.told.already', { name: first.what }) });
    change(({ returns }) => ({ returns: [...returns, ...fresh] }));
    const what = fresh.map((line) => line.what).join(', ');
    return tell({ tone: 'good', text: t('desk.told.back', { what, who: first.holder.name }) });
  }

  function act(outcome: ScanOutcome) {
    switch (outcome.kind) {
      case 'take':
        return take(outcome.line, outcome.promisedTo);
      case 'return':
        return bringBack(outcome.lines);
      case 'place':
        change({ putAt: outcome.place });
        return tell({ tone: 'good', text: t('desk.told.putAt', { code: outcome.place.code }) });
      case 'choose':
        return tell({ tone: 'warn', text: t('desk.told.choose'), choose: outcome.lines });
      case 'refused': {
        const { refusal, part, unitId, allocation } = outcome;
        const code = 'code' in refusal ? refusal.code : '';
        const other = allocation ? { ...allocation, code } : null;
        return tell({ tone: 'bad', text: words(refusal), instead: part && { part, unitId }, allocation: other });
      }
    }
  }

  function show(found: Found) {
    const isTaking = mode === 'take' || (mode === 'swap' && now().swap.back !== undefined);
    if (found.kind === 'scan') return act(meaningOf(found.scan, mode, now().swap.back !== undefined));
    if (found.kind === 'holder' && mode === 'take') {
      change({ holder: found.holder });
      return tell({ tone: 'good', text: t('desk.told.holder', { name: found.holder.name }) });
    }
    if (found.kind === 'parts' && isTaking) {
      const [only] = found.lines;
      if (found.isExact && only) return take(only);
      return tell({ tone: 'warn', text: t('desk.told.choose'), choose: found.lines });
    }
    return tell({ tone: 'bad', text: found.kind === 'nothing' ? found.why : t('desk.why.notOut') });
  }

  async function onCode(code: string): Promise<void> {
    try {
      setProblem(null);
      show(await lookUp(code));
    } catch (error) {
      tell({ tone: 'bad', text: t('desk.told.notLookedUp', { code }) });
      setProblem(error);
    }
  }

  const clear = () => {
    setFeedback(undefined);
    setProblem(null);
  };
  return { feedback, problem, onCode, take, tell, clear };
}

export type Scans = ReturnType<typeof useScans>;

/** Why a scan is not taken, in words. */
function useRefusalWords() {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  return (refusal: ScanRefusal): string => {
    switch (refusal.why) {
      case 'isOut':
      case 'isHeld': {
        const { why, who, code, until } = refusal;
        const when = until ? formatMoment(until, language) : '';
        return until ? t(`desk.why.${why}Until`, { who, code, when }) : t(`desk.why.${why}`, { who, code });
      }
      case 'unusable':
        return refusal.state === 'in_stock'
          ? t('desk.why.untested')
          : t('desk.why.unusable', { state: t(`unitState.${refusal.state}`) });
      case 'isAllocation':
      case 'nothingOut':
        return t(`desk.why.${refusal.why}`, { code: refusal.code });
      default:
        return t(`desk.why.${refusal.why}`);
    }
  };
}
