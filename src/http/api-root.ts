/** What the paths of all routes begin with. */
export const API_ROOT = '/api/v1';
