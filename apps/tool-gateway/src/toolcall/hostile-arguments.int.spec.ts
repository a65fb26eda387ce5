import { Logger } from '@nestjs/common';
import type { JsonObject } from '@signalbox/kernel';
import { busyMs } from '@signalbox/testing';
import fc from 'fast-check';
import {
  commandOf,
  done,
  gatewayWith,
  limits,
  request,
  invocationOf,
} from './gateway.fixture.spec.ts';

const RUNS = 10_000;
/** For one call, on a slow machine too; most take well under a millisecond. */
const CALL_MAX_MS = 2_000;
const seed = Number(process.env['SIGNALBOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const oddKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'target',
  '',
  '\0',
  '\ud800',
  '$ref',
  '$id',
  '0',
  '../../etc/passwd',
];
const key = fc.oneof(fc.constantFrom(...oddKeys), fc.string({ unit: 'binary', maxLength: 20 }));

/** As JSON text, because that is how it comes in: numbers beyond range, members given twice. */
const scalar = fc.oneof(
  fc.constantFrom('null', 'true', '-0', '1e400', '-1e400', '9007199254740993', '""'),
  fc.constantFrom('"checkout"', '"\\ud800"', '"\\u0000"', '"[redacted]"', '"$(id)"'),
  fc.double().map((number) => JSON.stringify(number)),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
);
const nested = fc
  .tuple(fc.constantFrom(2, 30, 33, 90, 1_000, 5_000), key, fc.boolean())
  .map(([depth, name, inArray]) => {
    const [open, close] = inArray ? ['[', ']'] : [`{${JSON.stringify(name)}:`, '}'];
    return `${open.repeat(depth)}1${close.repeat(depth)}`;
  });
const large = fc
  .tuple(fc.constantFrom('a', '\\u0001', '😀', '\\"'), fc.nat(70_000))
  .map(([piece, count]) => `"${piece.repeat(count)}"`);
const many = fc.nat(20_000).map((count) => `[${'1,'.repeat(count)}1]`);
const value = fc.oneof(
  { weight: 100, arbitrary: scalar },
  { weight: 10, arbitrary: nested },
  { weight: 1, arbitrary: large },
  { weight: 1, arbitrary: many },
);
const member = fc.tuple(key, value).map(([name, json]) => `${JSON.stringify(name)}:${json}`);
const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.array(member, { maxLength: 6 }).map((all) => `{${all.join()}}`) },
  { weight: 1, arbitrary: value.map((json) => `{"target":${json}}`) },
);

describe('arguments that somebody made to do harm', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('GTW-7: 10 000 of them neither reach a tool, nor crash or stall the gateway', async () => {
    console.log(`seed ${seed}`);
    const reached: JsonObject[] = [];
    const run = async (given: JsonObject) => {
      reached.push(given);
      return done;
    };
    const gateway = gatewayWith({ run });
    const members = Object.getOwnPropertyNames(Object.prototype).length;
    let slowestMs = 0;
    const seen = new Map<string, number>();
    const call = async (text: string) => {
      const invocation = invocationOf(gateway.tool, {
        arguments: JSON.parse(text) as JsonObject,
      });
      await request(gateway.store, invocation);
      const startedAt = busyMs();
      const outcome = await gateway.handler.handle(commandOf(invocation));
      slowestMs = Math.max(slowestMs, busyMs() - startedAt);
      const what = outcome.status === 'refused' ? outcome.clause : outcome.status;
      seen.set(what, (seen.get(what) ?? 0) + 1);
      expect(['invalid_arguments', 'succeeded']).toContain(what);
    };
    await fc.assert(fc.asyncProperty(hostile, call), { numRuns: RUNS, seed, endOnFailure: true });
    for (const given of reached) {
      expect(Object.keys(given)).toEqual(['target']);
      expect(typeof given.target).toBe('string');
      expect(Buffer.byteLength(JSON.stringify(given))).toBeLessThan(limits.argumentsBytesMax);
    }
    expect(reached).toHaveLength(seen.get('succeeded') ?? 0);
    expect(seen.get('invalid_arguments')).toBeGreaterThan(RUNS / 2);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(members);
    expect(slowestMs).toBeLessThan(CALL_MAX_MS);
    console.log(`slowest ${Math.round(slowestMs)} ms; ${JSON.stringify(Object.fromEntries(seen))}`);
  }, 180_000);
});
