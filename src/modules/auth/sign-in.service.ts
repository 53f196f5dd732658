import { Injectable } from '@nestjs/common';
import { OrgContext } from '../../platform/context/org-context.js';
import { AppError } from '../../platform/http/app-error.js';
import { isPassword, spendPasswordTime } from '../../platform/secrets/passwords.js';
import { organizationInactive } from '../organizations/organization.js';
import { AccountsSystemRepository } from './accounts.system-repository.js';
import type { Account } from './accounts.system-repository.js';
import type { Login } from './auth.dto.js';
import type { SignedInView } from './auth.view.js';
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
    const { userId, username, email, role, orgId } = chosen(await this.fitting(login));
    const tokens = await this.sessions.begin({ userId, username, email, role, orgId, homeOrgId: orgId });
    return { user: { id: userId, username, email, role, orgId }, tokens };
  }

  /**
   * The accounts that the password fits. An attempt goes uncounted only where it fits every account that was tried, and the
   * count starts anew only where it fits all of that name: otherwise whoever has the same e-mail in an organization of
   * their own could guess next door for ever.
   */
  private async fitting(login: Login): Promise<Account[]> {
    const name = login.email ?? login.username ?? '';
    const address = OrgContext.current?.origin.ip ?? 'unknown';
    await this.throttle.count(name, address);
    const tried = await this.accounts.find(login);
    const fitting = await this.verified(tried, login.password);
    if (fitting.length === 0 || fitting.length < tried.length) return fitting;
    if (fitting.length === (await this.accounts.count(login))) await this.throttle.forget(name, address);
    else await this.throttle.forgive(name, address);
    return fitting;
  }

  private async verified(accounts: Account[], password: string): Promise<Account[]> {
    if (accounts.length === 0) await spendPasswordTime(password);
    const fits = await Promise.all(accounts.map(({ passwordHash }) => isPassword(password, passwordHash)));
    return accounts.filter((_, index) => fits[index]);
  }
}

function chosen(fitting: Account[]): Account {
  const active = fitting.filter(({ organizationIsActive }) => organizationIsActive);
  const [account, another] = active;
  if (another) throw organizationRequired(active);
  if (account) return account;
  if (fitting.length > 0) throw organizationInactive();
  throw new AppError('invalid_credentials', 401, 'No account fits this sign-in: check name and password');
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
