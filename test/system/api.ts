/** An answer of the service. */
interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The API of a running service, asked with one token. Paths that begin with `/api` or `/` alone stand for themselves. */
export interface Api {
  readonly token: string;
  /** Asks, and answers whatever came. */
  request<Body>(method: string, path: string, options?: RequestOptions): Promise<Answer<Body>>;
  /** A GET below `/api/v1` that must succeed; its body. */
  get<Body>(path: string): Promise<Body>;
  /** A POST below `/api/v1` that must succeed; its body. */
  post<Body>(path: string, body?: unknown): Promise<Body>;
  /** The same service asked with another token. */
  as(token: string): Api;
}

/** How long an answer may take before it counts as a hang. */
const ANSWER_SECONDS_MAX = 30;

export function apiOf(url: string, token: string): Api {
  const request = async <Body>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<Body>> => {
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_SECONDS_MAX * 1000),
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
  const succeed = async <Body>(method: string, path: string, options?: RequestOptions): Promise<Body> => {
    const { status, text, body } = await request<Body>(method, `/api/v1${path}`, options);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return body;
  };
  return {
    token,
    request,
    get: (path) => succeed('GET', path),
    post: (path, body) => succeed('POST', path, body === undefined ? {} : { body }),
    as: (other) => apiOf(url, other),
  };
}
