import { Controller, Get } from '@nestjs/common';
import { AppError, type JsonObject } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import { readFileSync } from 'node:fs';

const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string };

/** What needs no key: who we are, and whether we work. */
@Controller()
export class HealthController {
  constructor(private readonly control: ControlWatch) {}

  @Get()
  about(): JsonObject {
    return { name: 'signalbox', version, docs: '/docs', status: '/api/status' };
  }

  @Get('livez')
  live(): JsonObject {
    return { status: 'ok' };
  }

  /** Ready to accept signals, for which NATS is needed and Postgres is not. */
  @Get('readyz')
  ready(): JsonObject {
    if (this.control.state() === 'unknown') {
      const message = this.control.trouble;
      throw new AppError({ code: 'control_unknown', kind: 'unavailable', message });
    }
    return { status: 'ok' };
  }
}
