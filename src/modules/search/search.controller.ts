import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { CustomerView } from '../customers/customer.view.js';
import { MessageView } from '../messages/message.view.js';
import { SearchCustomers, SearchMessages } from './search.dto.js';
import { SearchService } from './search.service.js';

@ApiTags('search')
@Controller('search')
export class SearchController {
  constructor(private readonly search: SearchService) {}

  @Get('messages')
  @Endpoint({ does: 'Search messages', needs: 'messages:read', returns: MessageView, envelope: 'cursor list' })
  messages(@Query() query: SearchMessages) {
    return this.search.messages(query);
  }

  @Get('customers')
  @Endpoint({ does: 'Search customers', needs: 'customers:read', returns: CustomerView, envelope: 'cursor list' })
  customers(@Query() query: SearchCustomers) {
    return this.search.customers(query);
  }
}
