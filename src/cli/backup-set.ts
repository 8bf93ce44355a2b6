/** What every backup command is given: the set that it works on. */
export interface SetOption {
  readonly set: string;
}
