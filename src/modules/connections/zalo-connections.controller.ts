import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { REFUSED_BY_PROVIDER } from './provider-answers.js';
import { AuthorizeZalo, ZaloAuthorizationView } from './zalo-connections.dto.js';
import { missing } from './zalo-connections.refusals.js';
import { ZaloConnectionsService } from './zalo-connections.service.js';

const LONGEST = 4_096;

@ApiTags('integrations')
@Controller('integrations/zalo')
export class ZaloConnectionsController {
  constructor(private readonly connections: ZaloConnectionsService) {}

  @Post('authorize')
  @Endpoint({
    does: 'Begin to connect a Zalo Official Account',
    needs: 'integrations:write',
    returns: ZaloAuthorizationView,
    status: 201,
    refuses: { 409: 'This server has no Zalo app (zalo_not_configured)' },
  })
  authorize(@Body() body: AuthorizeZalo) {
    return this.connections.authorize(body);
  }

  /** Zalo may add to the query what it likes. */
  @Get('callback')
  @ApiQuery({ name: 'code', type: String, required: true, description: 'Good once' })
  @ApiQuery({ name: 'oa_id', type: String, required: true, description: 'The Official Account' })
  @ApiQuery({ name: 'state', type: String, required: true, description: 'As it was given along' })
  @Endpoint({
    does: 'Come back from Zalo, and connect the Official Account',
    public: true,
    envelope: 'raw',
    refuses: {
      ...REFUSED_BY_PROVIDER,
      403: 'The state is unknown, too old or spent',
      409: 'The account is connected to another organization (integration_in_use)',
    },
  })
  async callback(@Query() query: Record<string, unknown>) {
    const answer = { code: textOf(query, 'code'), oaId: textOf(query, 'oa_id'), state: textOf(query, 'state') };
    const { name, oaId } = await this.connections.finish(answer);
    return `${name ?? oaId} is connected to Polydesk. You can close this window.`;
  }
}

function textOf(query: Record<string, unknown>, field: string): string {
  const value = query[field];
  if (typeof value !== 'string' || value === '' || value.length > LONGEST) throw missing(field);
  return value;
}
