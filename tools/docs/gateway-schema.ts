import { gatewayConfigSchema } from '@signalbox/tool-gateway';
import { z } from 'zod';

/**
 * JSON Schema of the gateway's YAML file, for editors. What only code can say, as that a condition is
 * CEL, the gateway says when it starts.
 */
export function gatewaySchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(gatewayConfigSchema, { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: "Signalbox: the tool gateway's configuration" };
}
