import { Controller, Get, Header } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { metrics } from '../../platform/metrics/metrics.js';

@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  /** Without a credential, as scrapers come: it holds counts, and names no organization. */
  @Get()
  @Header('content-type', metrics.contentType)
  @ApiProduces('text/plain')
  @Endpoint({ does: 'Show metrics for Prometheus', public: true, envelope: 'raw' })
  show(): Promise<string> {
    return metrics.text();
  }
}
