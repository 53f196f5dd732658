import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { OffsetQuery } from '../../platform/http/pagination.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { ApiKeyView, NewApiKeyView } from './api-key.view.js';
import { CreateApiKey, RotateApiKey } from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';

@ApiTags('api-keys')
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Get()
  @Endpoint({ does: 'List API keys', needs: 'api-keys:read', returns: ApiKeyView, envelope: 'offset list' })
  list(@Query() query: OffsetQuery) {
    return this.keys.list(query);
  }

  @Post()
  @Endpoint({ does: 'Create an API key', needs: 'api-keys:write', returns: NewApiKeyView, status: 201 })
  create(@Body() body: CreateApiKey) {
    return this.keys.create(body);
  }

  @Post(':id/rotate')
  @Endpoint({
    does: 'Give an API key a new secret',
    needs: 'api-keys:write',
    returns: NewApiKeyView,
    refuses: { 409: 'It was revoked' },
  })
  rotate(@Param('id', RowId) id: string, @Body() body: RotateApiKey) {
    return this.keys.rotate(id, body);
  }

  @Delete(':id')
  @Endpoint({ does: 'Revoke an API key', needs: 'api-keys:write', returns: ApiKeyView })
  revoke(@Param('id', RowId) id: string) {
    return this.keys.revoke(id);
  }
}
