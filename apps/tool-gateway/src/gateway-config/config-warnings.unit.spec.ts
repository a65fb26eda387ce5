import { OutgoingHttp } from '../http/outgoing-http.ts';
import { Destinations } from '../http/destinations.ts';
import { Redactor } from '../secrets/redactor.ts';
import { Secrets } from '../secrets/secrets.ts';
import { configWarnings } from './config-warnings.ts';
import { parseGatewayConfig } from './read-gateway-config.ts';

const parse = (config: object) => parseGatewayConfig(JSON.stringify(config), 'gateway.yaml', {});
const policy = { allow: [{ caller: 'a', tools: ['*'] }] };
const reference = { secret: 'env:TOKEN' };
const config = parse({
  policy,
  mcpServers: {
    files: { command: 'a', env: { PLAIN_TOKEN: 'ghp_0123456789', LANG: 'C.UTF-8-long-enough' } },
  },
  upstreams: {
    remote: {
      http: { url: 'https://a.test', headers: { Authorization: 'Bearer key-of-a' } },
      tools: {},
    },
    kept: { stdio: { command: 'a', env: { API_KEY: reference, PASSWORD: 'short' } }, tools: {} },
  },
});

describe('literal credentials in the configuration', () => {
  it('GTW-8: are redacted as if they were referred to', async () => {
    const redactor = new Redactor();
    const http = new OutgoingHttp({ destinations: new Destinations([]) });
    await new Secrets({ env: {}, folder: '/', redactor, http }).learn(config);
    const answer = { said: 'ghp_0123456789', also: 'short key-of-a', lang: 'C.UTF-8-long-enough' };
    const redacted = { ...answer, said: '[redacted]', also: 'short [redacted]' };
    expect(redactor.redactJson(answer)).toEqual(redacted);
    expect(redactor.redact('a Bearer key-of-a')).not.toContain('key-of-a');
  });

  it('GTW-8: are told of by field, not by value', () => {
    const warnings = configWarnings(config);
    expect(warnings).toEqual([
      expect.stringMatching(/^upstreams\.remote\.http\.headers\.Authorization: .*env:NAME/),
      expect.stringMatching(/^mcpServers\.files\.env\.PLAIN_TOKEN: .*env:NAME/),
    ]);
    expect(warnings.join()).not.toMatch(/ghp_|key-of-a/);
  });
});

it('GTW-5: a configuration that lets nobody call anything is told of', () => {
  expect(configWarnings(parse({}))).toEqual([expect.stringMatching(/^policy\.allow: .*nobody/)]);
  expect(configWarnings(parse({ policy }))).toEqual([]);
});

it('GTW-7: a target that a shell takes for code is told of', () => {
  const warningsFor = (...argv: string[]) =>
    configWarnings(parse({ policy, remediation: { commands: { act: { argv } } } }));
  const told = [expect.stringMatching(/^remediation\.commands\.act\.argv: the shell takes/)];
  expect(warningsFor('sh', '-c', 'echo {{target}}')).toEqual(told);
  expect(warningsFor('/bin/bash', '-euc', 'echo {{target}}')).toEqual(told);
  expect(warningsFor('sh', '-c', 'echo "$1"', 'sh', '{{target}}')).toEqual([]);
  expect(warningsFor('curl', '-c', 'x', 'https://{{target}}/')).toEqual([]);
});
