import { AppError } from '@signalbox/kernel';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { agentAnswer, agentInput, refusalOnWire } from './agent-wire.ts';

const guides = new URL('../../../../docs/guides/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, guides), 'utf8');
const example: unknown = parse(read('examples/disk_doctor.yaml'));

describe('an agent on the wire', () => {
  it('AGT-1: the example of the guide is one, and comes back as it was answered', () => {
    const { fields, id = '' } = agentInput.parse(example);
    expect(fields).toMatchObject({ stepsMax: 6, deadlineMs: 600_000, models: [] });
    const times = { createdAt: new Date(1), updatedAt: new Date(2) };
    const answer = agentAnswer({ ...fields, id, version: 3, ...times });
    expect(answer).toMatchObject({ ...(example as object), version: 3 });
    expect(agentInput.parse(answer)).toEqual({ fields, id, version: 3 });
  });

  it('AGT-1: a refusal has the names of the wire, in its words too', () => {
    const fields = [
      { field: 'inputSchema', problem: 'is no usable JSON Schema' },
      { field: 'tools.1', problem: 'no tool named rm is registered' },
    ];
    const message = 'agent: inputSchema: is no usable JSON Schema';
    const refused = new AppError({ code: 'agent_unusable', kind: 'invalid', message, fields });
    expect(refusalOnWire(refused)).toMatchObject({
      message: 'agent: input_schema: is no usable JSON Schema',
      fields: [{ field: 'input_schema' }, { field: 'tools.1' }],
    });
  });

  it('AGT-1: each field has its line in the guide', () => {
    const { fields, id = '' } = agentInput.parse(example);
    const now = new Date(1);
    const answer = agentAnswer({ ...fields, id, version: 1, createdAt: now, updatedAt: now });
    const told = ['version', 'created_at', 'updated_at'];
    const guide = read('agents.md');
    for (const name of Object.keys(answer).filter((field) => !told.includes(field)))
      expect(guide).toContain(`\n| \`${name}\` `);
  });
});
