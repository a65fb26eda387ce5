import { headers as newHeaders } from '@nats-io/nats-core';
import { MsgHdrsImpl } from '@nats-io/nats-core/internal';
import { parseHeaderBlock } from './header-block.ts';

it('reads what the library writes', () => {
  const written = newHeaders();
  written.set('ce-id', 'a:b');
  written.append('twice', 'first');
  written.append('twice', 'second');
  written.set('empty', '');
  const block = (written as MsgHdrsImpl).encode();
  expect(parseHeaderBlock(block)).toEqual({ 'ce-id': 'a:b', twice: 'first', empty: '' });
});

it.each([
  ['a status alone', 'NATS/1.0 100 Idle Heartbeat\r\n\r\n', {}],
  [
    'a status with a header',
    'NATS/1.0 204 EOB\r\nNats-Num-Pending: 3\r\n\r\n',
    { 'Nats-Num-Pending': '3' },
  ],
  ['no space behind the colon', 'NATS/1.0\r\na:b\r\n\r\n', { a: 'b' }],
  ['a line without a colon', 'NATS/1.0\r\nodd\r\na: b\r\n\r\n', { a: 'b' }],
  ['nothing', '', {}],
])('reads %s', (_, text, expected) => {
  expect(parseHeaderBlock(Buffer.from(text))).toEqual(expected);
});
