import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClientConfig } from './config.ts';

const SIGNALBOX_HOME = '/nowhere';

describe('where the commands go', () => {
  it.each([
    [{}, undefined, 'http://127.0.0.1:8000'],
    [{ SIGNALBOX_PORT: '9000' }, undefined, 'http://127.0.0.1:9000'],
    [
      { SIGNALBOX_PORT: '9000', SIGNALBOX_URL: 'https://s.example/' },
      undefined,
      'https://s.example',
    ],
    [{ SIGNALBOX_URL: 'https://s.example' }, 'http://other:1', 'http://other:1'],
  ])('CLI-1: of %j and --url %s is %s', (env, url, expected) => {
    expect(loadClientConfig({ SIGNALBOX_HOME, ...env }, url).url).toBe(expected);
  });

  it('CLI-1: is with the key of the environment, and names the file that else has it', () => {
    const env = { SIGNALBOX_API_KEY: 'k', SIGNALBOX_HOME };
    expect(loadClientConfig(env)).toMatchObject({ apiKey: 'k', keyFile: '/nowhere/api-key' });
    expect(loadClientConfig({ SIGNALBOX_HOME }).apiKey).toBeUndefined();
  });

  describe('with a Signalbox that runs in the home', () => {
    let home: string;
    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), 'signalbox-home-'));
    });
    afterEach(() => rmSync(home, { recursive: true }));

    const urlWith = (endpoints: string, env: Record<string, string> = {}) => {
      writeFileSync(join(home, 'endpoints.json'), endpoints);
      return loadClientConfig({ SIGNALBOX_HOME: home, ...env }).url;
    };

    it('CLI-1: is there, unless a URL is given', () => {
      const running = JSON.stringify({ http: 'http://127.0.0.1:18123', nats: 'x' });
      expect(urlWith(running)).toBe('http://127.0.0.1:18123');
      expect(urlWith(running, { SIGNALBOX_PORT: '9000' })).toBe('http://127.0.0.1:18123');
      expect(urlWith(running, { SIGNALBOX_URL: 'http://other:1' })).toBe('http://other:1');
    });

    it.each([
      ['no JSON'],
      ['{}'],
      ['null'],
      ['{"http":1}'],
      ['{"http":"http://elsewhere.example:80"}'],
      ['{"http":"http://127.0.0.1:1@elsewhere.example:80"}'],
    ])('CLI-1: is on the port when the home says %s: no key leaves this machine', (endpoints) => {
      expect(urlWith(endpoints)).toBe('http://127.0.0.1:8000');
    });
  });
});
