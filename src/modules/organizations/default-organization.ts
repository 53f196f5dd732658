import { DEFAULT_ORGANIZATION_ID } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';

/** 409 `default_organization` for what would shut the platform's own admins out. */
export function assertNotDefault(id: string, verb: string): void {
  if (id === DEFAULT_ORGANIZATION_ID)
    throw new AppError(
      'default_organization',
      409,
      `The default organization is home to the platform's admins and cannot be ${verb}`,
    );
}
