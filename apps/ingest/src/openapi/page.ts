import type { JsonObject } from '@signalbox/kernel';
import type { OpenApiDocument } from './document.ts';
import type { OperationObject, ParameterObject } from './operation-object.ts';
import { pageStyle } from './page.style.ts';
import { shapeText } from './shape-text.ts';

/**
 * The document as one page: no script, nothing fetched, everything that folds is a `details`, which
 * keyboards and readers know.
 */
export function documentPage(document: OpenApiDocument): string {
  const { info, paths, components } = document;
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => ({ path, method, told })),
  );
  const groups = Map.groupBy(routes, ({ told }) => told.tags[0]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${text(info.title)} API ${text(info.version)}</title>
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#routes">Skip to the routes</a>
<header>
<h1>${text(info.title)} API <small>${text(info.version)}</small></h1>
<p>${text(info.summary)} <a href="/docs/openapi.json">OpenAPI 3.1 document</a>, for clients and tools.</p>
<p>Send the key in one of ${Object.values(components.securitySchemes).map(schemeText).join(', ')}.
Errors are problem documents (<code>application/problem+json</code>): <code>detail</code> says what
went wrong, <code>errors</code> which field.</p>
<nav aria-label="Groups"><ul>
${[...groups.keys()].map((group) => `<li><a href="#${anchor(group)}">${text(inWords(group))}</a></li>`).join('\n')}
<li><a href="#shapes">Shapes</a></li>
</ul></nav>
</header>
<main id="routes">
${[...groups].map(([group, of]) => `<section aria-labelledby="${anchor(group)}"><h2 id="${anchor(group)}">${text(inWords(group))}</h2>\n${of.map((route) => routeHtml(route, document)).join('\n')}</section>`).join('\n')}
<section aria-labelledby="shapes"><h2 id="shapes">Shapes</h2>
${Object.entries(components.schemas)
  .map(
    ([name, schema]) =>
      `<details id="shape-${name}"><summary><code>${name}</code></summary>${shape(schema)}</details>`,
  )
  .join('\n')}
</section>
</main>
</body>
</html>
`;
}

interface Route {
  readonly path: string;
  readonly method: string;
  readonly told: OperationObject;
}

function routeHtml({ path, method, told }: Route, { components }: OpenApiDocument): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = told;
  const [body] = Object.values(requestBody?.content ?? {});
  const answers = Object.entries(responses).map(([status, answer]) => {
    const { description: said = '', content = {} } =
      answer.description === undefined ? (components.responses[status] ?? {}) : answer;
    const isProblem = Number(status) >= 400;
    const [[type, { schema }] = ['', { schema: {} }]] = Object.entries(content);
    const shown = isProblem ? '' : type === 'application/json' ? shape(schema) : code(type);
    return `<dt><span class="s${status[0]}">${status}</span></dt><dd>${prose(said)}${shown}</dd>`;
  });
  return `<details id="${operationId}"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${text(path)}</code> <span>${text(summary)}</span></summary>
<div class="route">
${description === undefined ? '' : `<p>${prose(description)}</p>`}
<p>${accessText(told)}</p>
${parameters.length === 0 ? '' : `<h3>Parameters</h3><dl>${parameters.map(parameterHtml).join('')}</dl>`}
${
  body
    ? `<h3>Body</h3><p>${Object.keys(requestBody?.content ?? {})
        .map(code)
        .join(', ')}</p>${shape(body.schema)}`
    : ''
}
<h3>Answers</h3><dl>${answers.join('')}</dl>
</div></details>`;
}

function parameterHtml({
  name,
  in: place,
  schema,
  description,
  required,
}: ParameterObject): string {
  const said = typeof description === 'string' ? `. ${prose(description)}` : '';
  const facts = [place, shapeText(schema), required ? 'needed' : ''].filter(Boolean).join(', ');
  return `<dt><code>${text(name)}</code></dt><dd>${text(facts)}${said}</dd>`;
}

function accessText({ security }: OperationObject): string {
  if (security.length === 0) return 'Open: needs no key.';
  return security.some((one) => Object.keys(one).length === 0)
    ? 'Needs the key, or the signature of a source that signs.'
    : 'Needs the key.';
}

function shape(schema: JsonObject): string {
  const linked = text(shapeText(schema)).replace(
    /\b([A-Z][A-Za-z]+)\b(?=@shape)/g,
    '<a href="#shape-$1">$1</a>',
  );
  return `<pre tabindex="0">${linked.replaceAll('@shape', '')}</pre>`;
}

function schemeText({ type, name }: JsonObject): string {
  return code(type === 'http' ? 'Authorization: Bearer' : String(name));
}

function code(value: string): string {
  return `<code>${text(value)}</code>`;
}

/** `DeadLetters` as `Dead letters`. */
function inWords(group: string): string {
  return group.replace(/(?<=[a-z])[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}

function anchor(group: string): string {
  return `group-${group}`;
}

/** With what stands between backticks as code. */
function prose(value: string): string {
  return text(value).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function text(value: string): string {
  return value.replace(
    /[&<>"]/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign,
  );
}
