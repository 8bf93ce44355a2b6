import { useQueries } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import type { BasketLine, PartName } from './desk.ts';
import type { Unit } from './words.ts';

interface AlternativesProps {
  /** What was asked for and cannot be had. */
  readonly part: PartName;
  /** The unit that was refused, which is no alternative to itself. */
  readonly refused?: string | undefined;
  /** How many pieces were asked for. */
  readonly asked: number;
  /** What else is in the basket, and so is no alternative either. */
  readonly taken: readonly BasketLine[];
  readonly onTake: (line: BasketLine) => void;
}

/** As many of each kind as are offered. */
const OFFERED_MAX = 4;
const MODELS_MAX = 2;
/** As many units as are asked about whether somebody holds them. */
const LOOKED_AT_MAX = 6;

/** What would do instead: other pieces of the same part, its substitutes, and what else serves for the devices it serves for. */
export function Alternatives(props: AlternativesProps) {
  const { t } = useTranslation('spares');
  const { part, onTake } = props;
  const others = useOtherParts(part);
  return (
    <div className="instead">
      <p className="instead-title">{t('instead.title')}</p>
      <ul className="plain-list">
        <SamePart {...props} />
        {others.parts.map((other) => (
          <OtherPart key={other.part.id} {...other} onTake={onTake} />
        ))}
        {!others.isPending && others.parts.length === 0 ? <li className="sub">{t('instead.noOther')}</li> : null}
      </ul>
    </div>
  );
}

interface Other {
  readonly part: PartName;
  readonly quantity: number;
  readonly conditions: readonly string[];
}

/** The parts that serve in place of one, the best first: its substitutes, then what fits the same models of devices. */
function useOtherParts({ id }: PartName): { readonly parts: readonly Other[]; readonly isPending: boolean } {
  const path = { id };
  const substitutes = $api.useQuery('get', '/parts/{id}/substitutes', {
    params: { path, query: { limit: OFFERED_MAX } },
  });
  const fits = $api.useQuery('get', '/parts/{id}/fits', { params: { path, query: { limit: 20 } } });
  const models = (fits.data?.items ?? []).flatMap(({ deviceModel }) => (deviceModel ? [deviceModel.id] : []));
  const spares = useQueries({
    queries: models.slice(0, MODELS_MAX).map((model) =>
      $api.queryOptions('get', '/device-models/{id}/spares', {
        params: { path: { id: model }, query: { limit: OFFERED_MAX } },
      }),
    ),
  });
  const found = [...(substitutes.data?.items ?? []), ...spares.flatMap(({ data }) => data?.items ?? [])]
    .filter((candidate) => candidate.part.id !== id && !candidate.part.isRetired)
    .map(({ part, quantityPerDevice, conditions }) => ({ part, quantity: quantityPerDevice, conditions }));
  return {
    parts: [...new Map(found.map((other) => [other.part.id, other])).values()].slice(0, OFFERED_MAX),
    isPending: substitutes.isPending || fits.isPending || spares.some(({ isPending }) => isPending),
  };
}

const useFree = (partId: string) =>
  $api.useQuery('get', '/parts/{id}/availability', { params: { path: { id: partId } } });

/** Other pieces of the part itself, where some are free: any of them, or a certain unit. */
function SamePart({ part, refused, asked, taken, onTake }: AlternativesProps) {
  const { t } = useTranslation('spares');
  const { data } = useFree(part.id);
  const inBasket = piecesOf(part, taken);
  const free = (data?.freeWithoutReserve ?? 0) - inBasket;
  const units = useFreeUnits(part, free > 0, [
    refused,
    ...taken.map((line) => (line.kind === 'unit' ? line.unitId : '')),
  ]);
  if (!data) return null;
  if (free <= 0) {
    const reserved = data.freeWithReserve - inBasket;
    return (
      <li>
        <span className="code">{part.partNumber}</span>{' '}
        {reserved > 0 ? t('instead.onlyReserve', { pieces: reserved }) : t('instead.noneFree')}
      </li>
    );
  }
  return (
    <>
      <li className="offer">
        <span>{t('instead.any', { part: part.partNumber, pieces: free })}</span>
        <Button onClick={() => onTake({ kind: 'part', part, quantity: Math.min(asked, free) })}>
          {t('instead.takeAny', { pieces: Math.min(asked, free) })}
        </Button>
      </li>
      {units.map((unit) => (
        <li key={unit.id} className="offer">
          <span>
            <span className="code">{unit.serial}</span> {unit.location?.path}
          </span>
          <Button onClick={() => onTake({ kind: 'unit', unitId: unit.id, serial: unit.serial, part })}>
            {t('instead.takeUnit', { serial: unit.serial })}
          </Button>
        </li>
      ))}
    </>
  );
}

/** How many pieces of a part a basket asks for already. */
const piecesOf = (part: PartName, taken: readonly BasketLine[]): number =>
  taken
    .filter((line) => line.kind !== 'kit' && line.part.id === part.id)
    .reduce((sum, line) => sum + (line.kind === 'unit' ? 1 : line.quantity), 0);

/** Some usable units of a part that nobody holds now. Whether one can be had is decided when it is handed out. */
function useFreeUnits(part: PartName, isWanted: boolean, not: readonly (string | undefined)[]): readonly Unit[] {
  const query = { partId: part.id, state: 'in_stock' as const, limit: 20 };
  const units = $api.useQuery('get', '/units', { params: { query } }, { enabled: isWanted });
  const usable = isWanted ? (units.data?.items ?? []).filter(({ id, isUsable }) => isUsable && !not.includes(id)) : [];
  const looked = usable.slice(0, LOOKED_AT_MAX);
  const stays = useQueries({
    queries: looked.map(({ id }) =>
      $api.queryOptions('get', '/units/{id}/allocations', { params: { path: { id }, query: { limit: 1 } } }),
    ),
  });
  const isHeld = (index: number) =>
    stays[index]?.data?.items.some(({ state, from }) => state === 'held' && Date.parse(from) <= Date.now()) ?? true;
  return looked.filter((_, index) => !isHeld(index)).slice(0, OFFERED_MAX);
}

/** Another part that serves as well, with how many of it are free and what has to be accepted. */
function OtherPart({ part, quantity, conditions, onTake }: Other & Pick<AlternativesProps, 'onTake'>) {
  const { t } = useTranslation('spares');
  const { data } = useFree(part.id);
  if (!data) return null;
  const free = data.freeWithoutReserve;
  const places = data.places.filter((place) => place.freeWithoutReserve > 0).map(({ location }) => location.code);
  return (
    <li className="offer">
      <span>
        <span className="code">{part.partNumber}</span> {part.name} ·{' '}
        {free > 0 ? t('instead.free', { pieces: free, places: places.join(', ') }) : t('instead.noneFree')}
        {conditions.length > 0 ? (
          <span className="sub"> · {t('instead.if', { conditions: conditions.join('; ') })}</span>
        ) : null}
      </span>
      {free >= quantity ? (
        <Button onClick={() => onTake({ kind: 'part', part, quantity })}>
          {t('instead.takePart', { part: part.partNumber })}
        </Button>
      ) : null}
    </li>
  );
}
