import { Text } from '../../platform/http/fields.js';
import { Moment } from '../../platform/http/moment-field.js';
import { CursorQuery } from '../../platform/http/pagination.js';

export class ListAuditEntries extends CursorQuery {
  @Text({ max: 64, optional: true }) actorId?: string;
  @Text({ max: 64, optional: true, example: 'user.updated' }) action?: string;
  @Text({ max: 64, optional: true, example: 'user' }) targetType?: string;
  @Moment({ optional: true }) from?: string;
  @Moment({ optional: true, description: 'Up to, and without, this moment' }) to?: string;
}
