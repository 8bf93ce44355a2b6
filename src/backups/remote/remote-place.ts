import { z } from 'zod';
import { isSameSftpLogin, sftpAddress, sftpCredentialsSchema, sftpPlaceSchema } from './sftp/sftp-place.ts';

/** Where a repository on another machine is. */
export const remotePlaceSchema = z.discriminatedUnion('kind', [sftpPlaceSchema]);

/** What is needed to log in there. It never comes out again. */
export const remoteCredentialsSchema = sftpCredentialsSchema;

export type RemotePlace = z.infer<typeof remotePlaceSchema>;
export type RemoteCredentials = z.infer<typeof remoteCredentialsSchema>;

/** The place for people and messages; holds no secret. */
export const addressOf = (place: RemotePlace): string => sftpAddress(place);

/** What tells a place that nothing is written to from others: who answers there, and which part of it is meant. */
export const placeIdentity = ({ hostKey, path }: RemotePlace): string => `${hostKey} ${path}`;

/** Whether what was given to log in to the one may be sent to the other. */
export const isSameLogin = (one: RemotePlace, other: RemotePlace): boolean => isSameSftpLogin(one, other);
