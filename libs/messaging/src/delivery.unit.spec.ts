import type { Msg } from '@nats-io/nats-core';
import { deliveryOf } from './delivery.ts';

const at = (reply: string): Msg => {
  const block = Buffer.from('NATS/1.0\r\nCE-Id: a\r\nX-Many: one\r\nX-Many: two\r\n\r\n');
  const raw = { _msg: { hdr: block.length }, _rdata: block };
  return { ...raw, subject: 's.x', reply, data: new Uint8Array([1]) } as unknown as Msg;
};

describe('deliveryOf', () => {
  it.each([
    '$JS.ACK.COMMANDS.t_svc.3.42.50.1792000000123456789.7',
    '$JS.ACK.hub.ACCHASH.COMMANDS.t_svc.3.42.50.1792000000123456789.7.token',
  ])('reads the facts out of %s', (reply) => {
    const { message, settleOn } = deliveryOf(at(reply));
    expect(settleOn).toBe(reply);
    expect(message).toEqual({
      stream: 'COMMANDS',
      subject: 's.x',
      sequence: 42,
      deliveries: 3,
      time: new Date(1_792_000_000_123),
      headers: { 'ce-id': 'a', 'x-many': 'one' },
      bytes: new Uint8Array([1]),
    });
  });
});
