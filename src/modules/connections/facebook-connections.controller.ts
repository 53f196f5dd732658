import { Body, Controller, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { OffsetQuery } from '../../platform/http/pagination.js';
import { IntegrationView } from '../integrations/integration.view.js';
import { ConnectablePageView } from './connectable-page.view.js';
import { ConnectFacebookPages, ListFacebookPages } from './connections.dto.js';
import { FacebookConnectionsService } from './facebook-connections.service.js';
import { REFUSED_BY_PROVIDER } from './provider-answers.js';

@ApiTags('integrations')
@Controller('integrations/facebook')
export class FacebookConnectionsController {
  constructor(private readonly connections: FacebookConnectionsService) {}

  @Post('pages')
  @Endpoint({
    does: 'List the Facebook pages that a person may connect',
    needs: 'integrations:write',
    returns: ConnectablePageView,
    envelope: 'offset list',
    refuses: REFUSED_BY_PROVIDER,
  })
  list(@Body() { userToken }: ListFacebookPages, @Query() query: OffsetQuery) {
    return this.connections.list(userToken, query);
  }

  @Post('connect')
  @Endpoint({
    does: 'Connect Facebook pages, or give new tokens to those that are connected here',
    needs: 'integrations:write',
    returns: IntegrationView,
    envelope: 'offset list',
    status: 201,
    refuses: { ...REFUSED_BY_PROVIDER, 409: 'A page is connected to another organization (integration_in_use)' },
  })
  connect(@Body() body: ConnectFacebookPages) {
    return this.connections.connect(body);
  }
}
