import type { HttpOptions } from '@signalbox/service';
import { PROBLEM_MEDIA_TYPE, problemOf } from './problem.ts';

/** What has not arrived whole after this is answered 408, within half a minute: it holds a socket. */
const REQUEST_MAX_MS = 60_000;
/** A source of 100 characters, each of them percent-encoded. */
const PATH_PARAMETER_LENGTH_MAX = 1_200;

type ServerOptions = NonNullable<HttpOptions['server']>;

/**
 * What happens before there is a route or a filter to speak for us. The address of a request is
 * that of the connection, unless a trusted proxy says in `X-Forwarded-For` whose it is.
 */
export const serverOptions = (trustedProxies: readonly string[]): ServerOptions => ({
  trustProxy: trustedProxies.length > 0 && [...trustedProxies],
  requestTimeout: REQUEST_MAX_MS,
  routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX },
  frameworkErrors: (error, _request, { raw }) => {
    const problem = problemOf(error);
    raw.statusCode = problem.status;
    raw.setHeader('content-type', PROBLEM_MEDIA_TYPE);
    raw.end(JSON.stringify(problem));
  },
});
