import { Controller, Get } from '@nestjs/common';
import { AppError, type JsonObject } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import { Documented } from '../openapi/operation.ts';
import { version } from '../version.ts';
import { about, live, ready } from './service.operations.ts';

/** What needs no key: who we are, and whether we work. */
@Controller()
export class HealthController {
  constructor(private readonly control: ControlWatch) {}

  @Get()
  @Documented(about)
  about(): JsonObject {
    return { name: 'signalbox', version, docs: '/docs', status: '/api/status' };
  }

  @Get('livez')
  @Documented(live)
  live(): JsonObject {
    return { status: 'ok' };
  }

  /** Ready to accept signals, for which NATS is needed and Postgres is not. */
  @Get('readyz')
  @Documented(ready)
  ready(): JsonObject {
    if (this.control.state() === 'unknown') {
      const message = this.control.trouble;
      throw new AppError({ code: 'control_unknown', kind: 'unavailable', message });
    }
    return { status: 'ok' };
  }
}
