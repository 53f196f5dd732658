import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { OffsetQuery } from '../../platform/http/pagination.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { CreatedInvitationView, InvitationView } from './invitation.view.js';
import { InvitationsService } from './invitations.service.js';
import { CreateInvitation } from './users.dto.js';

@ApiTags('invitations')
@Controller('invitations')
export class InvitationsController {
  constructor(private readonly invitations: InvitationsService) {}

  @Get()
  @Endpoint({ does: 'List invitations', needs: 'invitations:read', returns: InvitationView, envelope: 'offset list' })
  list(@Query() query: OffsetQuery) {
    return this.invitations.list(query);
  }

  @Post()
  @Endpoint({ does: 'Invite somebody', needs: 'invitations:write', returns: CreatedInvitationView, status: 201 })
  create(@Body() body: CreateInvitation) {
    return this.invitations.create(body);
  }

  @Delete(':id')
  @Endpoint({
    does: 'Take an invitation back',
    needs: 'invitations:write',
    returns: InvitationView,
    refuses: { 409: 'It was used, revoked, or is over' },
  })
  revoke(@Param('id', RowId) id: string) {
    return this.invitations.revoke(id);
  }
}
