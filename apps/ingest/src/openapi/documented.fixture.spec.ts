import { z } from 'zod';
import { controllers } from '../ingest.module.ts';
import { routesOf } from './document.ts';
import { usualProblems } from './problem-responses.ts';
import { problem } from './shapes.ts';

const routes = routesOf(controllers).map((route) => ({
  ...route,
  isAt: new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`),
}));

/** Where nothing is documented, since nothing is there. */
const NOWHERE = 404;

export interface Asked {
  readonly method: string;
  readonly path: string;
}

/**
 * Holds an answer of the edge to what the document says of its route: that it has this status, and
 * that the body is of its shape, with no member that nobody is told of.
 */
export function assertDocumented({ method, path }: Asked, status: number, body: unknown): void {
  // `/api/rules/test` is no rule.
  const found = routes.filter((route) => route.method === method && route.isAt.test(path));
  const [route] = found.toSorted((a, b) => dynamic(a.path) - dynamic(b.path));
  if (!route?.operation) return expect(status).toBe(NOWHERE);
  const { operation } = route;
  if (status >= 400) {
    const problems = Object.keys(operation.problems ?? {}).map(Number);
    const statuses = [...usualProblems(operation, route.path), ...problems];
    expect({ [operation.id]: statuses, status }).toEqual({
      [operation.id]: expect.arrayContaining([status]),
      status,
    });
    return expect(problem.parse(body)).toEqual(body);
  }
  const answer = operation.answers[status];
  expect([method, path, status, answer]).toEqual([method, path, status, expect.anything()]);
  if (!answer?.body) return;
  const shape = (answer.body as z.ZodType).safeParse(body);
  expect({ asked: `${method} ${path}`, wrong: shape.error?.issues ?? [], body }).toMatchObject({
    wrong: [],
  });
  expect(shape.data).toEqual(body);
}

const dynamic = (path: string) => path.split(':').length;
