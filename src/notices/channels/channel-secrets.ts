/** Under what name each secret of a channel is sealed: a channel has several, and none opens in the place of another. */
export const secretFields = {
  url: (channelId: string) => `${channelId}/url`,
  signing: (channelId: string) => `${channelId}/signing`,
  password: (channelId: string) => `${channelId}/password`,
};
