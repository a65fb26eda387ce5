import fc from 'fast-check';
import { decodeTime } from 'ulid';
import { deriveId, idAt, newId, timelessId, ULID_PATTERN } from './ids.ts';

it('new ids are ULIDs that sort by time', () => {
  const ids = [newId(new Date(1_000)), newId(new Date(2_000)), newId(new Date(2_000))];
  expect(ids.every((id) => ULID_PATTERN.test(id))).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
});

it('a derived id is the same every time, differs by its parts and keeps the time', () => {
  const parent = newId(new Date('2026-01-02T03:04:05.678Z'));
  expect(deriveId(parent, 'execution')).toBe(deriveId(parent, 'execution'));
  expect(deriveId(parent, 'a', 'bc')).not.toBe(deriveId(parent, 'ab', 'c'));
  expect(deriveId(parent, 'execution')).toMatch(ULID_PATTERN);
  expect(decodeTime(deriveId(parent, 'execution'))).toBe(decodeTime(parent));
});

it('an id at a time is a ULID of that time', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date(2 ** 47), noInvalidDate: true }),
      (at) => {
        const id = idAt(at, 'SIGNALS', 7);
        expect(id).toMatch(ULID_PATTERN);
        expect(decodeTime(id)).toBe(at.getTime());
      },
    ),
  );
});

it('an id without a time follows from its parts alone, and comes before any with one', () => {
  expect(timelessId('a', 1)).toBe(timelessId('a', 1));
  expect(timelessId('a', 1)).not.toBe(timelessId('a', 2));
  expect(timelessId('a', 1)).toMatch(/^0{10}/);
});
