import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import { isPassword, spendPasswordTime } from '../../platform/secrets/passwords.js';
import { AccountsSystemRepository } from './accounts.system-repository.js';
import type { Account } from './accounts.system-repository.js';
import type { Login } from './auth.dto.js';
import type { SignedInView } from './auth.view.js';
import { organizationInactive } from './callers.js';
import { SessionsService } from './sessions.service.js';
import { SignInThrottle } from './sign-in-throttle.js';

@Injectable()
export class SignInService {
  constructor(
    private readonly accounts: AccountsSystemRepository,
    private readonly sessions: SessionsService,
    private readonly throttle: SignInThrottle,
  ) {}

  /**
   * 401 `invalid_credentials`, after the same time, for an unknown account and a wrong password; 409 `organization_required`
   * where the password fits accounts in several organizations; 403 where the organization is deactivated; 429 after too many.
   */
  async signIn(login: Login): Promise<SignedInView> {
    const address = OrgContext.current?.origin.ip ?? 'unknown';
    const account = await this.throttle.guard(login.email ?? login.username ?? '', address, () =>
      this.authenticate(login),
    );
    const { userId, username, email, role, orgId } = account;
    const tokens = await this.sessions.begin({ userId, username, email, role, orgId, homeOrgId: orgId });
    return { user: { id: userId, username, email, role, orgId }, tokens };
  }

  private async authenticate(login: Login): Promise<Account> {
    const fitting = await this.fitting(login);
    const active = fitting.filter(({ organizationIsActive }) => organizationIsActive);
    const [account, another] = active;
    if (another) throw organizationRequired(active);
    if (account) return account;
    if (fitting.length > 0) throw organizationInactive();
    throw new AppError('invalid_credentials', 401, 'No account fits this sign-in: check name and password');
  }

  private async fitting(login: Login): Promise<Account[]> {
    const candidates = await this.accounts.find(login);
    if (candidates.length === 0) await spendPasswordTime(login.password);
    const fits = await Promise.all(candidates.map(({ passwordHash }) => isPassword(login.password, passwordHash)));
    return candidates.filter((_, index) => fits[index]);
  }
}

function organizationRequired(accounts: Account[]): AppError {
  const choices = accounts.map(({ organizationName: organization, organizationDisplayName: displayName }) => ({
    organization,
    displayName,
  }));
  return new AppError(
    'organization_required',
    409,
    'This account exists in several organizations: name one in `organization`',
    choices,
  );
}
