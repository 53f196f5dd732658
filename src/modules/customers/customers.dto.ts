import { PLATFORMS } from '../../channels/channel.js';
import { EmailAddress } from '../../platform/http/account-fields.js';
import { OneOf, Text } from '../../platform/http/fields.js';
import { CursorQuery } from '../../platform/http/pagination.js';

export class ListCustomers extends CursorQuery {
  @OneOf(PLATFORMS, { optional: true }) platform?: string;
  @Text({ optional: true, description: "In names, e-mail, phone and the provider's id" }) search?: string;
}

export class UpdateCustomer {
  @Text({ optional: true, nullable: true }) nickName?: string | null;
  @EmailAddress({ optional: true, nullable: true }) email?: string | null;
  @Text({ max: 32, optional: true, nullable: true }) phone?: string | null;
  @Text({ max: 4_000, optional: true, nullable: true }) note?: string | null;
}
