import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { RowId } from '../../platform/http/row-id.pipe.js';
import { CustomerView } from './customer.view.js';
import { ListCustomers, UpdateCustomer } from './customers.dto.js';
import { CustomersService } from './customers.service.js';

@ApiTags('customers')
@Controller('customers')
export class CustomersController {
  constructor(private readonly customers: CustomersService) {}

  @Get()
  @Endpoint({ does: 'List customers', needs: 'customers:read', returns: CustomerView, envelope: 'cursor list' })
  list(@Query() query: ListCustomers) {
    return this.customers.list(query);
  }

  @Get(':id')
  @Endpoint({ does: 'Get a customer', needs: 'customers:read', returns: CustomerView })
  get(@Param('id', RowId) id: string) {
    return this.customers.get(id);
  }

  @Patch(':id')
  @Endpoint({ does: 'Change a customer', needs: 'customers:write', returns: CustomerView })
  update(@Param('id', RowId) id: string, @Body() body: UpdateCustomer) {
    return this.customers.update(id, body);
  }
}
