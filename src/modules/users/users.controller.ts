import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { UserView } from './user.view.js';
import { CreateUser, ListUsers, UpdateUser } from './users.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Endpoint({ does: 'List users', needs: 'users:read', returns: UserView, envelope: 'offset list' })
  list(@Query() query: ListUsers) {
    return this.users.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get a user', needs: 'users:read', returns: UserView })
  get(@Param('id', RowId) id: string) {
    return this.users.get(id);
  }

  @Post()
  @Endpoint({
    does: 'Create a user',
    needs: 'users:write',
    returns: UserView,
    status: 201,
    refuses: { 409: 'Username or e-mail are in use' },
  })
  create(@Body() body: CreateUser) {
    return this.users.create(body);
  }

  @Patch(':id')
  @Endpoint({
    does: 'Change a user',
    needs: 'users:write',
    returns: UserView,
    refuses: { 409: 'Username or e-mail are in use, or this is the last active admin' },
  })
  update(@Param('id', RowId) id: string, @Body() body: UpdateUser) {
    return this.users.update(id, body);
  }

  @Delete(':id')
  @Endpoint({
    does: 'Deactivate a user',
    needs: 'users:write',
    returns: UserView,
    refuses: { 409: 'This is the last active admin' },
  })
  deactivate(@Param('id', RowId) id: string) {
    return this.users.deactivate(id);
  }

  @Post(':id/activate')
  @Endpoint({ does: 'Activate a user again', needs: 'users:write', returns: UserView })
  activate(@Param('id', RowId) id: string) {
    return this.users.activate(id);
  }
}
