import { z } from 'zod';
import { defineCommand } from './command.ts';
import { AppError } from './errors.ts';
import { defineEvent, upcast } from './event.ts';

const renamed = defineEvent({
  type: 'thing.renamed',
  aggregate: 'thing',
  summary: 'A thing got a name.',
  schema: z.object({ name: z.string(), by: z.string() }),
  upcasters: [
    (data) => ({ name: (data as { title: string }).title }),
    (data) => ({ ...(data as object), by: 'nobody' }),
  ],
});

it('an event carries its type, its version and checked data', () => {
  expect(renamed.of({ name: 'a', by: 'b' })).toEqual({
    type: 'thing.renamed',
    schemaVersion: 3,
    data: { name: 'a', by: 'b' },
  });
});

it('an event of any older version comes out in the present shape', () => {
  expect(upcast(renamed, 1, { title: 'a' }).data).toEqual({ name: 'a', by: 'nobody' });
  expect(upcast(renamed, 2, { name: 'a' }).data).toEqual({ name: 'a', by: 'nobody' });
});

it('wrong data is refused with the name of the field', () => {
  const rename = defineCommand({
    service: 'things',
    name: 'rename-thing',
    summary: '',
    schema: z.object({ name: z.object({ first: z.string() }) }),
  });
  const wrong = () => rename.of({ name: { first: 1 as unknown as string } });
  expect(wrong).toThrow(AppError);
  expect(wrong).toThrow(/command things\.rename-thing: name\.first:/);
});
