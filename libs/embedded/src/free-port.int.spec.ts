import { readFile } from 'node:fs/promises';
import { freePorts } from './free-port.ts';

const COUNT = 50;

it('takes ports that the system gives to nobody who asks for any', async () => {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const first = Number.parseInt(range, 10);
  const ports = await freePorts(COUNT);
  expect(new Set(ports).size).toBe(COUNT);
  expect(ports.filter((port) => port >= first)).toEqual([]);
});
