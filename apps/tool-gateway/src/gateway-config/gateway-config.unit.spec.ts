import { AppError } from '@signalbox/kernel';
import { readFileSync } from 'node:fs';
import { parseGatewayConfig, readGatewayConfig } from './read-gateway-config.ts';

const parse = (yaml: string) => parseGatewayConfig(yaml, 'gateway.yaml', { SIGNALBOX_HOME: '/h' });

function problemWith(yaml: string): string {
  try {
    parse(yaml);
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('gateway.yaml', () => {
  it('offers nothing, allows nothing and is careful by default', () => {
    const config = parse('upstreams: { x: { stdio: { command: node }, tools: { read: {} } } }');
    expect(config.upstreams.x?.tools.read).toEqual({ repeatable: false, approval: true });
    expect(config.policy.allow).toEqual([]);
    expect(config.remediation).toBeUndefined();
    expect(config.http.allow).toEqual([]);
    const { prometheus, logs, apis, notifications } = config;
    expect({ prometheus, logs, apis, notifications }).toEqual({});
    expect(config.limits.outputBytesMax).toBe(100_000);
  });

  it('fills in the names it knows', () => {
    const yaml =
      'remediation: { env: { FILE: "${SIGNALBOX_HOME}/e" }, commands: { a: { argv: [a] } } }';
    expect(parse(yaml).remediation?.env).toEqual({ FILE: '/h/e' });
  });

  it.each([
    [
      'a name it does not know',
      'remediation: { env: { A: "${HOME}" } }',
      /remediation\.env\.A.*\$\{HOME\}/,
    ],
    ['broken YAML', 'upstreams: {', /gateway\.yaml: .*line 1/s],
    ['a misspelt field', 'upstream: {}', /upstream/],
    [
      'neither command nor package',
      'upstreams: { x: { stdio: {}, tools: {} } }',
      /upstreams\.x\.stdio\.command: give either/,
    ],
    [
      'both command and package',
      'upstreams: { x: { stdio: { command: a, package: b }, tools: {} } }',
      /upstreams\.x\.stdio\.command: give either/,
    ],
    [
      'a name like _a',
      'upstreams: { _a: { stdio: { command: a }, tools: {} } }',
      /upstreams\._a: may have .*single _ inside/,
    ],
    [
      'a name like a_',
      'upstreams: { a_: { stdio: { command: a }, tools: {} } }',
      /upstreams\.a_: may have .*single _ inside/,
    ],
    [
      'a name like a__b',
      'upstreams: { a__b: { stdio: { command: a }, tools: {} } }',
      /upstreams\.a__b: may have .*single _ inside/,
    ],
    ['a server of such a name', 'mcpServers: { a_: { command: a } }', /mcpServers\.a_: may have/],
    ['no argv', 'remediation: { commands: { a: {} } }', /remediation\.commands\.a\.argv/],
    [
      'no such placeholder',
      'remediation: { commands: { a: { argv: [a, "{{.Names}}", "x{{host}}"] } } }',
      /remediation\.commands\.a\.argv\.2.*\{\{target\}\}/,
    ],
    ['no command', 'remediation: { commands: {} }', /remediation\.commands/],
    [
      'a pattern that RE2 does not know',
      'remediation: { commands: { a: { argv: [a], targets: "(?=x)" } } }',
      /remediation\.commands\.a\.targets.*RE2/,
    ],
    [
      'a timeout of no time',
      'remediation: { commands: { a: { argv: [a], timeoutMs: 0 } } }',
      /remediation\.commands\.a\.timeoutMs/,
    ],
    [
      'a text where a flag belongs',
      'upstreams: { x: { stdio: { command: a }, tools: { r: { repeatable: "yes" } } } }',
      /upstreams\.x\.tools\.r\.repeatable/,
    ],
    [
      'a caller that is no name',
      'policy: { allow: [{ caller: "a b", tools: [x] }] }',
      /policy\.allow\.0\.caller/,
    ],
    [
      'an entry whose condition is no CEL',
      'policy: { allow: [{ caller: a, tools: [x], when: "args.n <" }] }',
      /gateway\.yaml.*policy\.allow\.0\.when: is not usable as CEL/,
    ],
    [
      'an entry whose targets are no RE2',
      'policy: { allow: [{ caller: a, tools: [x], commands: { restart: "(?=x)" } }] }',
      /policy\.allow\.0\.commands\.restart.*RE2/,
    ],
    [
      'an entry whose domain is no host',
      'policy: { allow: [{ caller: a, tools: [x], domains: { url: ["https://a"] } }] }',
      /policy\.allow\.0\.domains\.url\.0.*is not a host/,
    ],
    [
      'an upstream that is both',
      'upstreams: { x: { stdio: { command: a }, http: { url: "http://a" }, tools: {} } }',
      /upstreams\.x\.stdio: give either stdio or http/,
    ],
    [
      'a server of nothing',
      'mcpServers: { x: { name: a } }',
      /mcpServers\.x\.command: give either command or url/,
    ],
    ['a server of no program', 'mcpServers: { x: { command: "" } }', /mcpServers\.x\.command/],
    ['a server at no URL', 'mcpServers: { x: { url: "ftp://a" } }', /mcpServers\.x\.url/],
    [
      'a server in a folder of its own',
      'mcpServers: { x: { command: a, cwd: /srv } }',
      /mcpServers\.x\.cwd: .*configuration's folder/,
    ],
    [
      'a server of an old kind',
      'mcpServers: { x: { type: sse, url: "http://a" } }',
      /mcpServers\.x\.type/,
    ],
    [
      'a server that is an upstream too',
      'mcpServers: { x: { command: a } }\nupstreams: { x: { stdio: { command: a }, tools: {} } }',
      /mcpServers\.x: upstreams has it too/,
    ],
    [
      'a time-out after which the call is given to another gateway',
      'remediation: { commands: { a: { argv: [a], timeoutMs: 900000 } } }',
      /remediation\.commands\.a\.timeoutMs/,
    ],
    ['a destination that is none', 'http: { allow: [10.0.0.0/1] }', /http\.allow\.0.*too wide/],
    ['a peer that is no HTTP', 'prometheus: { url: "ftp://a/" }', /prometheus\.url/],
    ['logs of nowhere', 'logs: {}', /logs: names no source/],
    ['a channel of an unknown kind', 'notifications: { channels: { a: { kind: fax } } }', /kind/],
    [
      'an API with a query',
      'apis: { allow: [{ url: "https://a.test/?b=c" }] }',
      /apis\.allow\.0\.url.*query/,
    ],
    [
      'a limit beyond what a message takes',
      'limits: { outputBytesMax: 900000 }',
      /limits\.outputBytesMax/,
    ],
  ])('names the field that is wrong: %s', (_, yaml, expected) => {
    expect(problemWith(yaml)).toMatch(expected);
  });

  it('GTW-4: reads servers as other MCP clients have them in their JSON', () => {
    const settings = {
      mcpServers: {
        memory: { command: 'npx', args: ['-y', 'server'], env: { KEY: 'v' }, autoApprove: ['x'] },
        remote: { type: 'http', url: 'https://mcp.example.com/mcp', headers: { 'X-Key': 'k' } },
      },
    };
    const { upstreams, policy } = parse(JSON.stringify(settings));
    const careful = { '*': { repeatable: false, approval: true } };
    expect(upstreams.memory).toMatchObject({
      stdio: { command: 'npx', args: ['-y', 'server'], env: { KEY: 'v' } },
      tools: careful,
    });
    expect(upstreams.remote).toMatchObject({
      http: { url: 'https://mcp.example.com/mcp', headers: { 'X-Key': 'k' } },
      tools: careful,
    });
    expect(policy.allow).toEqual([]);
  });

  it('GTW-4: leaves out servers that are switched off', () => {
    const settings = {
      upstreams: { a: { stdio: { command: 'node' }, tools: {} } },
      mcpServers: {
        a: { command: 'npx', cwd: '/srv', disabled: true },
        b: { url: 'https://a.test', enabled: false },
        c: { command: 'npx', disabled: false, enabled: true },
      },
    };
    const { upstreams, mcpServers } = parse(JSON.stringify(settings));
    expect(Object.keys(upstreams)).toEqual(['a', 'c']);
    expect(upstreams.a?.stdio?.command).toBe('node');
    expect(Object.keys(mcpServers)).toEqual(['c']);
  });

  it('takes a single _ inside an upstream’s name', () => {
    const { upstreams } = parse('upstreams: { a_b-1: { stdio: { command: a }, tools: {} } }');
    expect(Object.keys(upstreams)).toEqual(['a_b-1']);
  });

  it('GTW-8: does not repeat a secret that stands where a reference belongs', () => {
    const yaml = 'notifications: { channels: { a: { kind: slack, webhook: "xoxb-itself" } } }';
    expect(problemWith(yaml)).toMatch(/channels\.a\.webhook.*neither env:NAME nor file/);
    expect(problemWith(yaml)).not.toContain('xoxb');
  });

  it('names the variable when there is no such file', () => {
    expect(() => readGatewayConfig('/nowhere/gateway.yaml', {})).toThrow(
      /SIGNALBOX_GATEWAY_CONFIG/,
    );
  });

  it('takes the sample configuration', () => {
    const file = new URL('../../../../deploy/gateway.yaml', import.meta.url).pathname;
    const config = readGatewayConfig(file, { SIGNALBOX_HOME: '/h' });
    expect(Object.keys(config.remediation?.commands ?? {})).toContain('restart_service');
    expect(config.folder).toMatch(/deploy$/);
  });

  it('takes what the sample shows as a comment', () => {
    const file = new URL('../../../../deploy/gateway.yaml', import.meta.url);
    const [, shown = ''] = readFileSync(file, 'utf8').split('has all fields.\n#\n');
    const [commented = ''] = shown.split('\n\n');
    const { http, ...config } = parse(commented.replaceAll(/^# /gm, ''));
    expect(http.allow).toHaveLength(4);
    expect(config).toMatchObject({
      prometheus: { url: 'http://10.0.0.5:9090' },
      logs: { folder: '/var/log/myapp' },
      notifications: { approval: true, channels: { chat: { kind: 'slack' } } },
      apis: { approval: true, repeatable: false, allow: [{ methods: ['GET', 'POST'] }] },
    });
  });
});
