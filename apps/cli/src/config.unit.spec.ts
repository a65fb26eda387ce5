import { loadClientConfig } from './config.ts';

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
    expect(loadClientConfig(env, url).url).toBe(expected);
  });

  it('CLI-1: is with the key of the environment, and names the file that else has it', () => {
    const env = { SIGNALBOX_API_KEY: 'k', SIGNALBOX_HOME: '/nowhere' };
    expect(loadClientConfig(env)).toMatchObject({ apiKey: 'k', keyFile: '/nowhere/api-key' });
    expect(loadClientConfig({ SIGNALBOX_HOME: '/nowhere' }).apiKey).toBeUndefined();
  });
});
