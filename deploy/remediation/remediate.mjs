// A sample remediation program: `node remediate.mjs <command> <target>`. It touches nothing but
// the file SIGNALBOX_EFFECTS_FILE, to which it appends one JSON line for each time it ran, so
// that somebody who does not trust the audit stream can count. Put your own in its place.
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

const [command, target] = process.argv.slice(2);
const { SIGNALBOX_EFFECTS_FILE: file, SIGNALBOX_CALL_ID: callId } = process.env;

if (!command || !target || !file) {
  console.error('usage: SIGNALBOX_EFFECTS_FILE=<file> node remediate.mjs <command> <target>');
  process.exit(2);
}
mkdirSync(dirname(file), { recursive: true });
const effect = { time: new Date().toISOString(), command, target, callId };
appendFileSync(file, `${JSON.stringify(effect)}\n`);
console.log(`${command} ${target}: done`);
