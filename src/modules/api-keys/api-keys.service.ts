import { Injectable } from '@nestjs/common';
import { uuidv7 } from 'uuidv7';
import { DEFAULT_ORGANIZATION_ID, OrgContext } from '../../platform/context/org-context.js';
import { isPlatform, permissionsIn } from '../../platform/context/permissions.js';
import { Database } from '../../platform/database/database.js';
import { changesBetween } from '../../platform/events/domain-event.js';
import { Events } from '../../platform/events/events.js';
import { AppError, found } from '../../platform/http/app-error.js';
import { toOffsetPage } from '../../platform/http/pagination.js';
import type { OffsetPage, OffsetQuery } from '../../platform/http/pagination.js';
import { hashOf } from '../../platform/secrets/located-secret.js';
import { isMistyped, makeKeyText } from './api-key-text.js';
import { ApiKeyChanged } from './api-key.events.js';
import { toApiKeyView } from './api-key.view.js';
import type { ApiKeyView, NewApiKeyView } from './api-key.view.js';
import { ApiKeyRoutesSystemRepository } from './api-key-routes.system-repository.js';
import type { ApiKeyStanding } from './api-key-routes.system-repository.js';
import type { CreateApiKey, RotateApiKey } from './api-keys.dto.js';
import { ApiKeysRepository } from './api-keys.repository.js';

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly routes: ApiKeyRoutesSystemRepository,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async list(query: OffsetQuery): Promise<OffsetPage<ApiKeyView>> {
    const { rows, total } = await this.keys.list(query);
    return toOffsetPage(rows, total, query, toApiKeyView);
  }

  async create({ name, scopes, expiresAt = null }: CreateApiKey): Promise<NewApiKeyView> {
    assertMayGrant(scopes);
    assertAhead(expiresAt);
    const { text, prefix } = makeKeyText();
    const row = { id: uuidv7(), name, scopes, expiresAt, prefix, createdBy: OrgContext.userId };
    return this.database.transaction(async () => {
      const created = await this.keys.create(row, hashOf(text));
      await this.events.publish(
        new ApiKeyChanged('created', row.id, changesBetween(null, { name, scopes, expiresAt })),
      );
      return { ...toApiKeyView(created), key: text };
    });
  }

  /** A new secret for the same key; the old one works for `overlapSeconds` more. 409 `key_revoked` for a revoked key. */
  async rotate(id: string, { overlapSeconds }: RotateApiKey): Promise<NewApiKeyView> {
    const { text, prefix } = makeKeyText();
    return this.database.transaction(async () => {
      const { isActive, scopes } = found(await this.keys.find(id));
      if (!isActive) throw new AppError('key_revoked', 409, 'This key was revoked: create a new one');
      assertMayGrant(scopes);
      await this.keys.rotate(id, hashOf(text), new Date(Date.now() + overlapSeconds * 1_000));
      const rotated = found(await this.keys.update(id, { prefix }));
      await this.events.publish(new ApiKeyChanged('rotated', id, changesBetween({}, { prefix, overlapSeconds })));
      return { ...toApiKeyView(rotated), key: text };
    });
  }

  async revoke(id: string): Promise<ApiKeyView> {
    return this.database.transaction(async () => {
      const before = found(await this.keys.find(id));
      const after = found(await this.keys.update(id, { isActive: false }));
      await this.keys.removeRoutes(id);
      await this.events.publish(new ApiKeyChanged('revoked', id, changesBetween(before, after)));
      return toApiKeyView(after);
    });
  }

  /** What a presented key stands for; undefined where it is nothing, or over. */
  async standing(text: string): Promise<ApiKeyStanding | undefined> {
    return isMistyped(text) ? undefined : this.routes.standing(hashOf(text));
  }

  /** Notes that a key was used. Call inside its organization. */
  touch(id: string): Promise<void> {
    return this.keys.touch(id, new Date());
  }
}

/** Nobody hands out more than they hold; what reaches across organizations only super admins do, in their own. */
function assertMayGrant(scopes: readonly string[]): void {
  const { permissions, role } = OrgContext.actor;
  const isAtHome = role === 'super_admin' && OrgContext.orgId === DEFAULT_ORGANIZATION_ID;
  if (scopes.some(isPlatform) && !isAtHome)
    throw AppError.forbidden(
      'Scopes over organizations are for platform keys, which a super admin makes in the default organization',
    );
  const excess = [...permissionsIn(scopes)].filter((permission) => !permissions.has(permission));
  if (excess.length > 0)
    throw AppError.forbidden(`A key cannot have scopes that its maker lacks: ${excess.join(', ')}`);
}

function assertAhead(expiresAt: string | null): void {
  if (expiresAt !== null && new Date(expiresAt) <= new Date())
    throw AppError.invalidField('expiresAt', 'must be in the future');
}
