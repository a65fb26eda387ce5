import { AppError } from '@signalbox/kernel';
import { parseGatewayConfig } from './read-gateway-config.ts';

function saidOf(yaml: string): string {
  try {
    parseGatewayConfig(yaml, 'gateway.yaml', {});
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

const stdio = (fields: string) =>
  `upstreams: { x: { stdio: { command: a, ${fields} }, tools: {} } }`;
const upstream = (fields: string) => `upstreams: { x: { stdio: { command: a }, ${fields} } }`;
const server = (fields: string) => `mcpServers: { x: { ${fields} } }`;
const channel = (fields: string) => `notifications: { channels: { a: { ${fields} } } }`;

describe('what is said of a mistake in gateway.yaml', () => {
  it.each([
    [
      'a number in place of a text or reference',
      stdio('env: { PIN: 1234 }'),
      'upstreams.x.stdio.env.PIN: is a number; expected: a text or a mapping with secret, prefix',
    ],
    [
      'an empty variable',
      stdio('env: { A: }'),
      'env.A: is empty; expected: a text or a mapping with secret, prefix',
    ],
    [
      'a misspelt reference',
      stdio('env: { A: { secrt: env:B } }'),
      'env.A: secret is missing; expected: a reference, env:NAME, file:/path',
    ],
    [
      'an unknown secret scheme',
      stdio('env: { A: { secret: "vualt:a/b#c" } }'),
      'env.A.secret: is neither env:NAME nor file:/path nor vault:mount/path#field nor bao: likewise; did you mean vault:?',
    ],
    [
      'a name that no variable has',
      stdio('env: { "A-B": x }'),
      'env.A-B: is not taken as a name: ',
    ],
    ['a list of variables', stdio('env: [A=b]'), 'env: is a list; expected: a mapping by name'],
    [
      'a number among words',
      stdio('args: [8080]'),
      'args.0: is a number; expected: a text, in quotes',
    ],
    [
      'a word that is none of the few',
      stdio('unsandboxed: sometimes'),
      'unsandboxed: is a text; expected: true or false or if-needed',
    ],
    [
      'a misspelt field',
      stdio('arg: [a]'),
      'upstreams.x.stdio: has no field "arg"; the closest are args, ',
    ],
    [
      'a misspelt field that is needed',
      upstream('tool: {}'),
      'upstreams.x: has no field "tool"; the closest are tools, ',
    ],
    [
      'a rule that is none',
      upstream('tools: { read: true }'),
      'upstreams.x.tools.read: is true; expected: a mapping with repeatable, approval',
    ],
    [
      'a time with a unit',
      upstream('tools: {}, timeoutMs: 30s'),
      'upstreams.x.timeoutMs: is a text; expected: a number',
    ],
    [
      'a time too short',
      upstream('tools: {}, timeoutMs: 50'),
      'upstreams.x.timeoutMs: is 50; expected: at least 100',
    ],
    [
      'a misspelt section',
      'mcpServer: { x: { command: a } }',
      'gateway.yaml: has no field "mcpServer"; the closest are mcpServers, ',
    ],
    ['nothing', '', 'gateway.yaml: is empty; expected: a mapping with upstreams, '],
    [
      'a transport of old',
      server('type: sse, url: "http://a"'),
      'mcpServers.x.type: is a transport that is not spoken here; expected: stdio, or http',
    ],
    [
      'a server with a misspelt field',
      server('command: a, arg: [b]'),
      'mcpServers.x: has no field "arg"; the closest are args, ',
    ],
    [
      'a server as another client has it',
      server('serverUrl: "https://a"'),
      'mcpServers.x.command: give either command or url; there is serverUrl',
    ],
    [
      'a server as one text',
      'mcpServers: { x: npx }',
      'mcpServers.x: is a text; expected: a mapping with command, args',
    ],
    [
      'a URL of no scheme',
      server('url: "localhost:3000/mcp"'),
      'mcpServers.x.url: is not a URL with http:// or https://',
    ],
    [
      'a server whose variable is a number',
      server('command: a, env: { A: 5 }'),
      'mcpServers.x.env.A: is a number; expected: a text or',
    ],
    [
      'a channel of an unknown kind',
      channel('kind: discord'),
      'channels.a.kind: is discord; expected: slack, pagerduty, webhook or smtp',
    ],
    [
      'a method in small letters',
      'apis: { allow: [{ url: "https://a.test", methods: [get] }] }',
      'apis.allow.0.methods.0: is get; expected: GET, HEAD, POST, PUT, PATCH or DELETE',
    ],
    ['one tool in place of a list', 'policy: { allow: [{ caller: a, tools: x }] }', 'a list'],
  ])('GTW-4: names field, fault and what is expected: %s', (_, yaml, expected) => {
    expect(saidOf(yaml)).toContain(expected);
  });

  it('GTW-4: tells of misspelt fields first, and of the others as well', () => {
    expect(saidOf('policy: { allow: [{ callr: a }] }').split('\n')).toEqual([
      expect.stringMatching(/allow\.0: has no field "callr"; the closest are caller, /),
      'gateway.yaml: policy.allow.0.caller: is missing; expected: a text',
      'gateway.yaml: policy.allow.0.tools: is missing; expected: a list',
    ]);
  });

  it('GTW-8: says nothing back that may be a credential', () => {
    const secret = 'hunter2';
    const places = [
      stdio(`env: ${secret}`),
      stdio(`env: { A: { secret: ${secret} } }`),
      stdio(`env: { A: { secret: "${secret}:x" } }`),
      channel(`kind: slack, webhook: [${secret}]`),
      `edge: ${secret}`,
    ];
    for (const place of places) expect(saidOf(place)).not.toContain(secret);
  });

  it('takes fields of other clients', () => {
    const yaml = server('command: a, timeout: 60, autoApprove: [x], description: b, roots: []');
    expect(() => parseGatewayConfig(yaml, 'gateway.yaml', {})).not.toThrow();
    const off = server('type: sse, url: "http://a", disabled: true');
    expect(() => parseGatewayConfig(off, 'gateway.yaml', {})).not.toThrow();
  });
});
