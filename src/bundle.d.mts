export const BUNDLES: string;
export const CURRENT: string;
export function currentBundle(): string | undefined;
export function lookOfSources(): string;
export function contentOfSources(): string;
