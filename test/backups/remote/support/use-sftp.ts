import { LOCAL_EGRESS, type Sshd, startSshd } from './sshd.ts';
import { type RemoteWorld, useRemote } from './use-remote.ts';

/** An SFTP server for the tests of a block; see `RemoteWorld`. */
export interface SftpWorld extends Omit<RemoteWorld<Sshd>, 'server'> {
  readonly sshd: Sshd;
}

export function useSftp(): SftpWorld {
  const world = useRemote(startSshd, LOCAL_EGRESS);
  return {
    get sshd() {
      return world.server;
    },
    get remote() {
      return world.remote;
    },
    get line() {
      return world.line;
    },
  };
}
