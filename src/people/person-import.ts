import type { Role } from '../auth/permissions.ts';
import type { PersonChange } from './person.ts';
import type { Profile, ProfileChange } from './profile.ts';

/** What a file of persons may state; `email` says who is meant. */
export const IMPORT_COLUMNS = [
  'email',
  'name',
  'zone',
  'roles',
  'functions',
  'contacts',
  'skills',
  'teams',
  'leaves',
] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];

/** A line as it is written: the cells that say something. */
export interface PersonLine {
  readonly line: number;
  readonly email: string;
  readonly cells: ReadonlyMap<ImportColumn, string>;
}

/** A field of skills or a team, as a cell names it. */
export interface NamedField {
  readonly id: string;
  readonly name: string;
  readonly isRetired: boolean;
}

/** A team that a cell names, or that somebody in the file belongs to. */
export interface KnownTeam {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly isDisabled: boolean;
  readonly version: number;
  readonly members: readonly string[];
}

/** Somebody whom a line of the file means. */
export interface KnownPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly zone: string | null;
  readonly roles: readonly Role[];
  readonly isDisabled: boolean;
  readonly version: number;
  readonly profile: Profile;
}

/** What is there already of what a file names. Keys are as the file writes them. */
export interface Known {
  readonly persons: ReadonlyMap<string, KnownPerson>;
  /** Whose the names are that the file gives, whatever the kind. */
  readonly namesTaken: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, NamedField>;
  readonly teams: ReadonlyMap<string, KnownTeam>;
  /** The teams of a person by ids. */
  readonly teamsOf: ReadonlyMap<string, readonly KnownTeam[]>;
  /** Some names that a cell may have meant. */
  readonly fieldNames: readonly string[];
  readonly teamNames: readonly string[];
}

/** A cell that differs from what is there, both as a cell would say it. */
export interface CellChange {
  readonly column: ImportColumn;
  readonly before: string;
  readonly after: string;
}

/** What a line would do. */
export interface PlannedLine {
  readonly line: number;
  readonly email: string;
  readonly name: string;
  readonly outcome: 'create' | 'change' | 'unchanged' | 'refused';
  readonly changes: readonly CellChange[];
  /** Whom it means; undefined for somebody new. */
  readonly person: KnownPerson | undefined;
  readonly identity: PersonChange;
  readonly profile: ProfileChange;
  readonly joining: readonly KnownTeam[];
  readonly leaving: readonly KnownTeam[];
}
