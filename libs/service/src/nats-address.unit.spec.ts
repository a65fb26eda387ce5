import { natsAddress } from './nats-address.ts';

describe('natsAddress', () => {
  it('takes the credentials out of the URL', () => {
    expect(natsAddress('nats://signalbox:9a-_%40:b@127.0.0.1:4222')).toEqual({
      servers: ['nats://127.0.0.1:4222'],
      user: 'signalbox',
      pass: '9a-_@:b',
    });
  });

  it('has one account for several servers', () => {
    expect(natsAddress('nats://u:p@a:1, tls://u:p@b:2,c')).toEqual({
      servers: ['nats://a:1', 'tls://b:2', 'c'],
      user: 'u',
      pass: 'p',
    });
  });

  it('leaves a URL without credentials as it is', () => {
    expect(natsAddress('nats://127.0.0.1:4222')).toEqual({ servers: ['nats://127.0.0.1:4222'] });
  });
});
