import { AppError } from '@signalbox/kernel';
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
    ['a name with __', 'upstreams: { a__b: { stdio: { command: a }, tools: {} } }', /a__b/],
    ['no argv', 'remediation: { commands: { a: {} } }', /remediation\.commands\.a\.argv/],
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
      'a time-out after which the call is given to another gateway',
      'remediation: { commands: { a: { argv: [a], timeoutMs: 900000 } } }',
      /remediation\.commands\.a\.timeoutMs/,
    ],
    [
      'a limit beyond what a message takes',
      'limits: { outputBytesMax: 900000 }',
      /limits\.outputBytesMax/,
    ],
  ])('names the field that is wrong: %s', (_, yaml, expected) => {
    expect(problemWith(yaml)).toMatch(expected);
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
});
