import { jsonLogger, redactLogs } from './json-logger.ts';

describe('log lines', () => {
  const lines: string[] = [];
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write.bind(stream));
  beforeEach(() => {
    lines.splice(0);
    for (const stream of streams) stream.write = (line: unknown) => lines.push(String(line)) > 0;
  });
  afterEach(() => {
    streams.forEach((stream, i) => (stream.write = writes[i] ?? stream.write));
  });

  it('GTW-8: hold no secret that is known, whichever part of them it stands in', () => {
    const stop = redactLogs((line) => line.replaceAll('s3cret-value', '[redacted]'));
    const logger = jsonLogger('spec', { logLevel: 'debug' });
    logger.log('says s3cret-value', 's3cret-value');
    logger.warn({ deep: [{ 's3cret-value': 's3cret-value' }] });
    logger.error(new Error('s3cret-value', { cause: new Error('s3cret-value') }));
    logger.error('failed', 'Error: s3cret-value\n    at s3cret-value');
    stop();
    const said = lines.join('');
    expect(said).toContain('[redacted]');
    expect(said).not.toContain('s3cret-value');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    logger.log('s3cret-value');
    expect(lines.join('')).toContain('s3cret-value');
  });

  it('GTW-8: hold no piece of one where their text was cut off, however deep it stands', () => {
    const stop = redactLogs((text) => text.replace(/s3cr…$/, '[redacted]…'));
    const logger = jsonLogger('spec', { logLevel: 'debug' });
    logger.warn('it said s3cr…', 'Context');
    logger.warn({ deep: [{ said: 's3cr…' }], more: new Map([['a', 1]]) }, 'Context');
    logger.error('it failed', 'Error: s3cr…');
    stop();
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toContain('[redacted]…');
    expect(lines.join('')).not.toContain('s3cr');
  });

  it('GTW-8: are looked through once where they hold texts alone', () => {
    const looked: string[] = [];
    const stop = redactLogs((text) => {
      looked.push(text);
      return text;
    });
    jsonLogger('spec', { logLevel: 'debug' }).log('the message', 'Context');
    stop();
    expect(looked.filter((text) => text.includes('the message'))).toEqual(['the message']);
  });

  it('are those of the level and above', () => {
    const logger = jsonLogger('spec', { logLevel: 'warn' });
    logger.log('no');
    logger.warn('yes');
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn']);
  });
});
