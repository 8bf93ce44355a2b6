import { z } from 'zod';
import { isSameS3Login, s3Address, s3CredentialsSchema, s3PlaceSchema } from './s3/s3-place.ts';
import { isSameSftpLogin, sftpAddress, sftpCredentialsSchema, sftpPlaceSchema } from './sftp/sftp-place.ts';

/** Where a repository on another machine is. */
export const remotePlaceSchema = z.discriminatedUnion('kind', [sftpPlaceSchema, s3PlaceSchema]);

/** What is needed to log in there. It never comes out again. */
export const remoteCredentialsSchema = z.union([sftpCredentialsSchema, s3CredentialsSchema]);

export type RemotePlace = z.infer<typeof remotePlaceSchema>;
export type RemoteCredentials = z.infer<typeof remoteCredentialsSchema>;

/** The place for people and messages; holds no secret. */
export function addressOf(place: RemotePlace): string {
  return place.kind === 's3' ? s3Address(place) : sftpAddress(place);
}

/** What tells a place that nothing is written to from others: who answers there, and which part of it is meant. */
export function placeIdentity(place: RemotePlace): string {
  return place.kind === 's3' ? s3Address(place) : `${place.hostKey} ${place.path}`;
}

/** Whether what was given to log in to the one may be sent to the other. */
export function isSameLogin(one: RemotePlace, other: RemotePlace): boolean {
  if (one.kind === 's3') return other.kind === 's3' && isSameS3Login(one, other);
  return other.kind === 'sftp' && isSameSftpLogin(one, other);
}

/** Whether one can log in with these there at all. */
export function areCredentialsFor({ kind }: RemotePlace, credentials: RemoteCredentials): boolean {
  return (kind === 's3') === 'accessKeyId' in credentials;
}
