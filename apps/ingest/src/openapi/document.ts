import { RequestMethod, type Type } from '@nestjs/common';
import type { JsonObject } from '@signalbox/kernel';
import { API_KEY_HEADERS } from '../security/access.ts';
import { JsonSchemas } from './json-schemas.ts';
import { OPERATION, type Operation } from './operation.ts';
import { operationObject, type OperationObject } from './operation-object.ts';
import { problemResponses, type ResponseObject } from './problem-responses.ts';

/** What of a document is read here; the rest is as the specification has it. */
export interface OpenApiDocument extends JsonObject {
  readonly info: Readonly<Record<'title' | 'version' | 'summary', string>> & JsonObject;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonObject>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
    readonly securitySchemes: Readonly<Record<string, JsonObject>>;
  };
}

/** A route that Nest has of a controller. */
export interface Route {
  readonly method: string;
  /** As the server has it: `/api/rules/:id`. */
  readonly path: string;
  /** Whether it is a further path of its handler. */
  readonly isFurther: boolean;
  readonly operation: Operation | undefined;
  readonly group: string;
}

/** Every route of these controllers, in their order. */
export function routesOf(controllers: readonly Type[]): readonly Route[] {
  return controllers.flatMap((controller) => {
    const base = metadata<string>('path', controller) ?? '';
    const prototype = controller.prototype as Record<string, unknown>;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      const method = metadata<RequestMethod>('method', handler);
      const paths = metadata<string | readonly string[]>('path', handler);
      if (method === undefined || paths === undefined) return [];
      return [paths].flat().map((path, nth) => ({
        method: RequestMethod[method],
        path: `/${base}/${path}`.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1'),
        isFurther: nth > 0,
        operation: metadata<Operation>(OPERATION, handler),
        group: groupOf(base, controllers) ?? controller.name.replace(/Controller$/, ''),
      }));
    });
  });
}

/** Controllers below one path are told of together, under the name of the first. */
function groupOf(base: string, controllers: readonly Type[]): string | undefined {
  const [api, part] = base.split('/');
  if (part === undefined) return undefined;
  const first = controllers.find((one) => metadata('path', one) === `${api}/${part}`);
  return first?.name.replace(/Controller$/, '');
}

/**
 * The API as an OpenAPI document, out of what its handlers validate with.
 * https://spec.openapis.org/oas/v3.1.1.html
 */
export function apiDocument(controllers: readonly Type[], version: string): OpenApiDocument {
  const schemas = new JsonSchemas();
  const responses = problemResponses(schemas);
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const { method, path, isFurther, operation, group } of routesOf(controllers)) {
    if (!operation) continue;
    const place = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[place] = {
      ...paths[place],
      [method.toLowerCase()]: operationObject(operation, { place, isFurther, group, schemas }),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Signalbox',
      version,
      summary: 'Signals in, decisions out, and everything that follows from them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: sorted(schemas.named),
      responses,
      securitySchemes: securitySchemes(),
    },
  };
}

/** Any one of them lets in whoever has the key. */
function securitySchemes(): Readonly<Record<string, JsonObject>> {
  return {
    ...Object.fromEntries(
      API_KEY_HEADERS.map((name) => [name, { type: 'apiKey', in: 'header', name }]),
    ),
    Bearer: { type: 'http', scheme: 'bearer' },
  };
}

function metadata<Value>(key: string, of: unknown): Value | undefined {
  return typeof of === 'function' ? (Reflect.getMetadata(key, of) as Value | undefined) : undefined;
}

function sorted(named: Readonly<Record<string, JsonObject>>): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(Object.entries(named).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
