import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { OrganizationRowId } from '../../platform/http/row-id.pipe.js';
import { OrganizationLifecycleService } from './organization-lifecycle.service.js';
import { ErasedOrganizationView, OrganizationStatsView, OrganizationView } from './organization.view.js';
import {
  CreateOrganization,
  DeleteOrganization,
  ListOrganizations,
  UpdateCurrentOrganization,
  UpdateOrganization,
} from './organizations.dto.js';
import { OrganizationsService } from './organizations.service.js';

@ApiTags('organizations')
@Controller('organizations')
export class OrganizationsController {
  constructor(
    private readonly organizations: OrganizationsService,
    private readonly lifecycle: OrganizationLifecycleService,
  ) {}

  @Get()
  @Endpoint({
    does: 'List organizations',
    needs: 'organizations:read',
    returns: OrganizationView,
    envelope: 'offset list',
  })
  list(@Query() query: ListOrganizations) {
    return this.organizations.list(query);
  }

  @Get('current')
  @Endpoint({ does: 'Get your own organization', needs: 'organization:read', returns: OrganizationView })
  current() {
    return this.organizations.current();
  }

  @Patch('current')
  @Endpoint({ does: 'Change your own organization', needs: 'organization:write', returns: OrganizationView })
  updateCurrent(@Body() body: UpdateCurrentOrganization) {
    return this.organizations.updateCurrent(body);
  }

  @Get(':id')
  @Endpoint({
    does: 'Get an organization',
    needs: ['organizations:read', 'organization:read'],
    returns: OrganizationView,
  })
  get(@Param('id', OrganizationRowId) id: string) {
    return this.organizations.get(id);
  }

  @Get(':id/stats')
  @Endpoint({
    does: 'Count what an organization has',
    needs: ['organizations:read', 'stats:read'],
    returns: OrganizationStatsView,
  })
  stats(@Param('id', OrganizationRowId) id: string) {
    return this.organizations.stats(id);
  }

  @Post()
  @Endpoint({
    does: 'Create an organization',
    needs: 'organizations:write',
    returns: OrganizationView,
    status: 201,
    refuses: { 409: 'The name is in use' },
  })
  create(@Body() body: CreateOrganization) {
    return this.organizations.create(body);
  }

  @Put(':id')
  @Endpoint({
    does: 'Change an organization',
    needs: 'organizations:write',
    returns: OrganizationView,
    refuses: { 409: 'The name is in use' },
  })
  replace(@Param('id', OrganizationRowId) id: string, @Body() body: UpdateOrganization) {
    return this.organizations.update(id, body);
  }

  @Patch(':id')
  @Endpoint({
    does: 'Change an organization',
    needs: 'organizations:write',
    returns: OrganizationView,
    refuses: { 409: 'The name is in use' },
  })
  update(@Param('id', OrganizationRowId) id: string, @Body() body: UpdateOrganization) {
    return this.organizations.update(id, body);
  }

  @Delete(':id')
  @Endpoint({
    does: 'Deactivate an organization, or delete it with all its data',
    needs: 'organizations:write',
    returns: [OrganizationView, ErasedOrganizationView],
    refuses: { 409: 'It is the default organization, or to be deleted while active' },
  })
  remove(@Param('id', OrganizationRowId) id: string, @Query() { hard }: DeleteOrganization) {
    return hard ? this.lifecycle.erase(id) : this.lifecycle.deactivate(id);
  }

  @Post(':id/activate')
  @Endpoint({ does: 'Activate an organization again', needs: 'organizations:write', returns: OrganizationView })
  activate(@Param('id', OrganizationRowId) id: string) {
    return this.lifecycle.activate(id);
  }
}
