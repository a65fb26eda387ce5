import { Validator } from '@seriousme/openapi-schema-validator';
import type { JsonObject } from '@signalbox/kernel';
import { controllers } from '../ingest.module.ts';
import { openApiDocument } from '../main.ts';
import { apiDocument, routesOf } from './document.ts';

const document = openApiDocument() as ReturnType<typeof apiDocument>;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, told]) => ({ path, method, told })),
);
const at = (method: string, path: string) => {
  const told = document.paths[path]?.[method];
  if (!told) throw new Error(`${method} ${path} is not documented`);
  return told;
};
const errorsOf = async (of: JsonObject) => {
  const { valid, errors } = await new Validator().validate(
    structuredClone(of) as Record<string, unknown>,
  );
  return valid ? [] : [errors].flat();
};

describe('the OpenAPI document', () => {
  it('OPS-1: is valid OpenAPI 3.1', async () => {
    expect(document['openapi']).toMatch(/^3\.1\./);
    expect(await errorsOf(document)).toEqual([]);
  });

  it('the validator refuses a document that is wrong', async () => {
    expect(await errorsOf({ ...document, info: {} })).not.toEqual([]);
    expect(await errorsOf({ ...document, paths: { '/x': { get: { responses: 7 } } } })).not.toEqual(
      [],
    );
  });

  it('OPS-1: has every route of every controller', () => {
    const routes = routesOf(controllers);
    expect(routes.length).toBeGreaterThan(40);
    expect(routes.filter(({ operation }) => operation === undefined)).toEqual([]);
    expect(operations).toHaveLength(routes.length);
    const ids = operations.map(({ told }) => told.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('OPS-1: says of each who may ask, what is answered, and which problems there are', () => {
    const open = ['/', '/livez', '/readyz', '/docs', '/docs/openapi.json'];
    const needed = ['X-STOURIO-KEY', 'X-API-Key', 'Bearer'];
    for (const { path, told } of operations) {
      const statuses = Object.keys(told.responses);
      const isOpen = open.includes(path);
      const named = told.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
      expect({
        path,
        answers: statuses.some((status) => status.startsWith('2')),
        problems: statuses,
        schemes: told.security.flatMap((one) => Object.keys(one)),
        named: named.map(({ name }) => name),
      }).toEqual({
        path,
        answers: true,
        problems: expect.arrayContaining([
          '500',
          ...(isOpen ? [] : ['401', '403', '429', '503']),
          ...(told.requestBody ? ['400', '413', '415', '422'] : []),
        ]),
        schemes: isOpen ? [] : needed,
        named: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      });
    }
  });

  it('OPS-1: tells of requests what they are held to', () => {
    const { requestBody } = at('post', '/api/approvals/{id}');
    expect(requestBody?.content['application/json']?.schema).toEqual({
      type: 'object',
      properties: {
        approved: { type: 'boolean' },
        note: { anyOf: [{ type: 'string', maxLength: 2000 }, { type: 'null' }] },
      },
      required: ['approved'],
    });
    const limit = at('get', '/api/audit').parameters?.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({ in: 'query', schema: { type: 'integer', maximum: 500 } });
    expect(at('post', '/api/rules').requestBody?.content['application/json']?.schema).toEqual({
      $ref: '#/components/schemas/RuleInput',
    });
    expect(document.components.schemas['RuleInput']).toMatchObject({
      additionalProperties: false,
      required: ['name', 'pattern', 'action'],
      properties: {
        risk_level: { anyOf: [{ default: 'medium', type: 'string' }, { type: 'null' }] },
      },
    });
    const { properties } = document.components.schemas['AgentInput'] as { properties: JsonObject };
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(['max_steps', 'budget']));
  });

  it('OPS-1: a controller without a word about a route is noticed', () => {
    class Silent {
      quiet(): void {}
    }
    Reflect.defineMetadata('path', 'api/silent', Silent);
    Reflect.defineMetadata('path', '/', Silent.prototype.quiet);
    Reflect.defineMetadata('method', 0, Silent.prototype.quiet);
    expect(routesOf([Silent])).toMatchObject([
      { method: 'GET', path: '/api/silent', operation: undefined },
    ]);
  });
});
