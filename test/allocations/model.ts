/** Hours from now; `Infinity` is without end. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** A line of an allocation, as people think of it. */
export interface ModelLine {
  readonly id: string;
  readonly allocationId: string;
  readonly kind: 'unit' | 'stock' | 'seat';
  /** The unit, the stock row, or the entitlement. */
  at: string;
  quantity: number;
  state: string;
  span: Span;
  isPinned: boolean;
  readonly isFromReserve: boolean;
  readonly purpose: string;
}

/** With which rights something is asked: an ordinary loan, a drill's hold, an emergency that crosses the reserve. */
export type Right = 'ordinary' | 'drill' | 'emergency';

/** What is asked of a pool, all of it or nothing. */
export interface Asked {
  readonly span: Span;
  readonly right: Right;
  /** Pieces of the bulk part; of one row when it is named. */
  readonly pieces: number;
  readonly row?: string | undefined;
  readonly seats: number;
  /** Units of the serial part; one when it is named. */
  readonly units: number;
  readonly unit?: string | undefined;
}

/** The most that these lines take at one time inside a span, counted at every instant at which one of them begins. */
export function peak(lines: readonly ModelLine[], span: Span): number {
  const inside = lines.filter((line) => line.span.from < span.until && span.from < line.span.until);
  const instants = [span.from, ...inside.map((line) => Math.max(line.span.from, span.from))];
  const at = (instant: number) =>
    inside.reduce((sum, line) => sum + (line.span.from <= instant && instant < line.span.until ? line.quantity : 0), 0);
  return Math.max(...instants.map(at));
}

/** One pool of bulk pieces, seats and units, by the words of the design: no table, no index, no lock. */
export class PoolModel {
  /** Usable pieces that lie in each row. */
  readonly rows = new Map<string, number>();
  readonly quarantined = new Map<string, number>();
  readonly units = new Map<string, string>();
  pieceReserve = 0;
  unitReserve = 0;
  seats = 0;
  seatReserve = 0;
  lines: ModelLine[] = [];

  held(kind: ModelLine['kind']): ModelLine[] {
    return this.lines.filter((line) => line.kind === kind && line.state === 'held');
  }

  usableUnits(): string[] {
    return [...this.units].filter(([, state]) => state === 'in_stock').map(([id]) => id);
  }

  lying(): number {
    return [...this.rows.values()].reduce((sum, quantity) => sum + quantity, 0);
  }

  /** Whether what is asked can be given without breaking a promise or crossing a floor that is not for the asker. */
  grants(asked: Asked): boolean {
    return this.#grantsPieces(asked) && this.#grantsSeats(asked) && this.#grantsUnits(asked);
  }

  #grantsPieces({ pieces, row, span, right }: Asked): boolean {
    if (pieces === 0) return true;
    const rows = row === undefined ? [...this.rows.keys()] : [row];
    const lying = rows.reduce((sum, id) => sum + (this.rows.get(id) ?? 0), 0);
    // Whoever holds gives way to an emergency.
    if (right === 'emergency') return pieces <= lying;
    const held = this.held('stock');
    const room = rows.reduce((sum, id) => {
      const taken = peak(
        held.filter(({ at }) => at === id),
        span,
      );
      return sum + Math.max(0, (this.rows.get(id) ?? 0) - taken);
    }, 0);
    if (pieces > room) return false;
    return right === 'drill' || this.pieceHeadroom(span) >= pieces;
  }

  /** How many pieces ordinary lines may still take in a span; without a reserve there is no floor. */
  pieceHeadroom(span: Span): number {
    if (this.pieceReserve === 0) return Number.POSITIVE_INFINITY;
    const ordinary = this.held('stock').filter((line) => !line.isFromReserve);
    return this.lying() - this.pieceReserve - peak(ordinary, span);
  }

  #grantsSeats({ seats, span, right }: Asked): boolean {
    if (seats === 0) return true;
    const out = this.lines.filter((line) => line.kind === 'seat' && line.state === 'issued');
    const sum = (lines: readonly ModelLine[]) => lines.reduce((total, line) => total + line.quantity, 0);
    if (right === 'emergency') return sum(out) + seats <= this.seats;
    const used = sum(out) + peak(this.held('seat'), span);
    if (used + seats > this.seats) return false;
    const ordinary = (line: ModelLine) => !line.isFromReserve;
    const ordinarilyUsed = sum(out.filter(ordinary)) + peak(this.held('seat').filter(ordinary), span);
    return right === 'drill' || ordinarilyUsed + seats <= this.seats - this.seatReserve;
  }

  #grantsUnits({ units, unit, span, right }: Asked): boolean {
    if (units === 0) return true;
    const usable = this.usableUnits();
    if (unit !== undefined && !usable.includes(unit)) return false;
    if (right === 'emergency') return units <= usable.length;
    if (right === 'ordinary' && this.unitHeadroom(span) < units) return false;
    const wanted = Array.from({ length: units }, () => ({ span, only: unit }));
    return this.fits(wanted);
  }

  unitHeadroom(span: Span): number {
    if (this.unitReserve === 0) return Number.POSITIVE_INFINITY;
    const usable = this.usableUnits();
    const ordinary = this.held('unit').filter((line) => !line.isFromReserve && usable.includes(line.at));
    return usable.length - this.unitReserve - peak(ordinary, span);
  }

  /** Whether these windows have a unit each beside all that is promised; what is not pinned may go to another unit. */
  fits(
    wanted: readonly { readonly span: Span; readonly only?: string | undefined }[],
    without: readonly ModelLine[] = [],
  ): boolean {
    const usable = this.usableUnits();
    const promised = this.held('unit').filter((line) => usable.includes(line.at) && !without.includes(line));
    const bookings = [
      ...promised.filter(({ isPinned }) => isPinned).map(({ span, at }) => ({ span, only: at as string | undefined })),
      ...wanted.filter(({ only }) => only !== undefined),
      ...promised.filter(({ isPinned }) => !isPinned).map(({ span }) => ({ span, only: undefined })),
      ...wanted.filter(({ only }) => only === undefined),
    ];
    const calendar = new Map<string, Span[]>(usable.map((id) => [id, []]));
    const place = (index: number): boolean => {
      const booking = bookings[index];
      if (!booking) return true;
      for (const id of booking.only === undefined ? usable : [booking.only]) {
        const spans = calendar.get(id) ?? [];
        if (spans.some((span) => span.from < booking.span.until && booking.span.from < span.until)) continue;
        spans.push(booking.span);
        if (place(index + 1)) return true;
        spans.pop();
      }
      return false;
    };
    return place(0);
  }
}
