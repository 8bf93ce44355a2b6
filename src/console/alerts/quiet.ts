/** What the fields hold; which of them matter follows from the kind. */
export interface Quiet {
  readonly kind: 'silence' | 'maintenance';
  /** Of a silence that begins with an alert: how much like it is silenced as well. */
  readonly scope: 'subject' | 'rule' | 'service';
  readonly serviceId?: string;
  readonly ruleId?: string;
  readonly reason: string;
  /** A local date and time; now when left out. */
  readonly from?: string;
  readonly forSeconds: number;
  readonly until?: string;
}
