import type { Allocation, AllocationForm, Holder, LineState } from './allocation.ts';

/** Something that can be done next with what was scanned: a request, as far as it is known. */
export interface ScanAction {
  readonly name: string;
  readonly method: 'get' | 'post';
  readonly path: string;
  /** What the body has to name; the rest is the caller's. */
  readonly body: Readonly<Record<string, unknown>> | null;
}

/** A unit as a scan answers it. */
export interface ScannedUnit {
  readonly id: string;
  readonly serial: string;
  readonly assetTag: string | null;
  readonly part: { readonly id: string; readonly partNumber: string; readonly name: string };
  readonly state: string;
  readonly isUsable: boolean;
  readonly location: { readonly id: string; readonly code: string } | null;
  readonly service: { readonly id: string; readonly name: string } | null;
  /** The lines that hold it or have it out, the nearest first. */
  readonly lines: readonly ScannedLine[];
}

export interface ScannedLine {
  readonly lineId: string;
  readonly state: Extract<LineState, 'held' | 'issued'>;
  readonly allocation: { readonly id: string; readonly code: string; readonly form: AllocationForm };
  readonly holder: Holder;
  readonly from: string;
  readonly until: string | null;
  /** Its time has come: it is out, or can be collected now. */
  readonly isNow: boolean;
}

/** A location and what lies directly in it. Counts stop at 1,000: `1,000+`. */
export interface ScannedLocation {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: string;
  readonly isRetired: boolean;
  /** Codes from the site down to it. */
  readonly path: readonly string[];
  readonly units: string;
  readonly stockRows: string;
  readonly locations: string;
  /** Up to 20 of the parts there. */
  readonly parts: readonly {
    readonly id: string;
    readonly partNumber: string;
    readonly name: string;
    readonly quantity: number;
  }[];
}

/** What can be done with a unit now. */
export function unitActions({ id, state, isUsable, lines }: ScannedUnit): ScanAction[] {
  const current = lines.find(({ isNow }) => isNow);
  if (current?.state === 'issued') {
    const { id: allocationId } = current.allocation;
    return [
      post('return', `/checkouts/${allocationId}/returns`, { lines: [{ lineId: current.lineId }] }),
      post('deploy', `/checkouts/${allocationId}/deploy`, { lineId: current.lineId }),
      post('extend', `/checkouts/${allocationId}/extend`, { lines: [current.lineId] }),
    ];
  }
  if (current) {
    const held = `/${PATHS[current.allocation.form]}/${current.allocation.id}`;
    const { release } = RELEASE[current.allocation.form];
    return [
      post('collect', `${held}/collect`, { lines: [current.lineId] }),
      post(release, `${held}/${release}`, { lines: [current.lineId] }),
    ];
  }
  if (isUsable) {
    return [
      post('check-out', '/checkouts', { lines: [{ unitId: id }] }),
      post('hold', '/holds', { lines: [{ unitId: id }] }),
    ];
  }
  if (state === 'deployed') return [post('send-to-repair', '/repairs', { unitId: id })];
  if (state === 'quarantined') {
    return [
      post('send-to-repair', '/repairs', { unitId: id }),
      post('release', '/movements/releases', { lines: [{ kind: 'unit', unitId: id }] }),
    ];
  }
  if (state === 'in_repair') return [get('repair', `/repairs?unitId=${id}`)];
  return [get('read', `/units/${id}`)];
}

/** What can be done with an allocation now. */
export function allocationActions({ id, form, lines }: Allocation): ScanAction[] {
  const own = `/${PATHS[form]}/${id}`;
  const { release } = RELEASE[form];
  const actions: ScanAction[] = [];
  if (form !== 'checkout' && lines.some(({ state }) => state === 'held')) {
    actions.push(post('collect', `${own}/collect`, {}), post(release, `${own}/${release}`, {}));
  }
  const out = lines.filter(({ state }) => state === 'issued');
  if (out.length > 0) {
    actions.push(
      post('return', `/checkouts/${id}/returns`, { lines: out.slice(0, 20).map((line) => ({ lineId: line.id })) }),
      post('deploy', `/checkouts/${id}/deploy`, {}),
      post('extend', `/checkouts/${id}/extend`, {}),
      post('hand-over', `/checkouts/${id}/hand-over`, {}),
    );
  }
  return actions.length > 0 ? actions : [get('read', own)];
}

/** What can be done at a location. */
export function locationActions({ id }: ScannedLocation): ScanAction[] {
  return [get('list-units', `/units?locationId=${id}`), get('list-stock', `/stock?locationId=${id}`)];
}

/** Where the API has each form, below its root. */
export const PATHS: Readonly<Record<AllocationForm, string>> = {
  checkout: 'checkouts',
  hold: 'holds',
  reservation: 'reservations',
};

const RELEASE = {
  checkout: { release: 'release' },
  hold: { release: 'release' },
  reservation: { release: 'cancel' },
} as const;

const API = '/api/v1';

const post = (name: string, path: string, body: Readonly<Record<string, unknown>>): ScanAction => ({
  name,
  method: 'post',
  path: `${API}${path}`,
  body,
});

const get = (name: string, path: string): ScanAction => ({ name, method: 'get', path: `${API}${path}`, body: null });
