/** Names the address of an app that shares its process with others, and has rights of its own. */
export function natsUrlVariable(app: string): string {
  return `SIGNALBOX_NATS_URL_OF_${app.toUpperCase().replaceAll('-', '_')}`;
}
