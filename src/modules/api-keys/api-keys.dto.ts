import { SCOPES } from '../../platform/context/permissions.js';
import type { Scope } from '../../platform/context/permissions.js';
import { Text, Whole, Words } from '../../platform/http/fields.js';
import { Moment } from '../../platform/http/moment-field.js';

export class CreateApiKey {
  @Text() name!: string;
  @Words(SCOPES) scopes!: Scope[];
  @Moment({ optional: true, nullable: true }) expiresAt?: string | null;
}

export class RotateApiKey {
  @Whole({ min: 0, max: 604_800, optional: true, description: 'How long the old secret still works: up to a week' })
  overlapSeconds: number = 0;
}
