/**
 * The suite's scenarios for clients that concern one which has no person to ask and logs in with the
 * headers it is configured with, under each revision of the protocol that has them.
 *
 * Left out are `auth/*`, which are about OAuth; `elicitation-sep1034-client-defaults` and
 * `sep-2322-client-request-state`, which want questions answered; and `sep-2640-*`, an extension
 * for skills.
 */
export const scenarios = [
  { revision: '2025-06-18', names: ['initialize', 'tools_call'] },
  {
    revision: '2025-11-25',
    names: ['initialize', 'tools_call', 'sse-retry', 'json-schema-2020-12-preservation'],
  },
  {
    revision: '2026-07-28',
    names: [
      'tools_call',
      'request-metadata',
      'http-standard-headers',
      'http-custom-headers',
      'http-invalid-tool-headers',
      'json-schema-ref-no-deref',
      'json-schema-2020-12-preservation',
    ],
  },
];
