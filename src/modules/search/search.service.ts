import { Injectable } from '@nestjs/common';
import { toCursorPage } from '../../platform/http/pagination.js';
import type { CursorPage } from '../../platform/http/pagination.js';
import { FileLinks } from '../../platform/secrets/file-links.js';
import type { CustomerView } from '../customers/customer.view.js';
import { CustomersService } from '../customers/customers.service.js';
import { toMessageView } from '../messages/message.view.js';
import type { MessageView } from '../messages/message.view.js';
import { MessageSearchRepository } from './message-search.repository.js';
import type { SearchCustomers, SearchMessages } from './search.dto.js';

/** Finds messages by their words and customers by what they are called, with or without accents and case. */
@Injectable()
export class SearchService {
  constructor(
    private readonly found: MessageSearchRepository,
    private readonly people: CustomersService,
    private readonly links: FileLinks,
  ) {}

  async messages(query: SearchMessages): Promise<CursorPage<MessageView>> {
    const rows = await this.found.find(query);
    return toCursorPage(
      rows,
      query.limit,
      ({ createdAt: at, id }) => ({ at, id }),
      (row) => toMessageView(row, this.links),
    );
  }

  customers({ q, ...page }: SearchCustomers): Promise<CursorPage<CustomerView>> {
    return this.people.list({ ...page, search: q });
  }
}
