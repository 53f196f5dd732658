import { Body, Controller, Get, Post, Put } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Endpoint } from '../../platform/http/endpoint.js';
import { UserView } from '../users/user.view.js';
import { ChangePassword } from '../users/users.dto.js';
import {
  Login,
  RefreshTokenBody,
  RegisterInvited,
  RegisterMember,
  RegisterOrganization,
  SwitchOrganization,
} from './auth.dto.js';
import { AuthService } from './auth.service.js';
import { RefreshedView, RegisteredView, SignedInView, SignedOutView } from './auth.view.js';
import { RegistrationPipe } from './registration.pipe.js';
import type { Registration } from './registration.pipe.js';
import { RegistrationService } from './registration.service.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';

const REGISTRATIONS = [RegisterMember, RegisterInvited, RegisterOrganization];

@ApiTags('auth')
@Controller()
export class AuthController {
  constructor(
    private readonly signIn: SignInService,
    private readonly registration: RegistrationService,
    private readonly sessions: SessionsService,
    private readonly auth: AuthService,
  ) {}

  @Post('auth/login')
  @Endpoint({
    does: 'Sign in',
    public: true,
    returns: SignedInView,
    envelope: 'top level',
    refuses: {
      401: 'Unknown account or wrong password',
      403: 'The organization is deactivated',
      409: 'The account exists in several organizations',
    },
  })
  login(@Body() body: Login) {
    return this.signIn.signIn(body);
  }

  @Post('auth/register')
  @ApiExtraModels(...REGISTRATIONS)
  @ApiBody({ schema: { oneOf: REGISTRATIONS.map((kind) => ({ $ref: getSchemaPath(kind) })) } })
  @Endpoint({
    does: 'Register a user',
    public: 'or signed in',
    returns: RegisteredView,
    envelope: 'top level',
    status: 201,
    refuses: {
      401: 'Nobody is signed in, or the invitation is not valid',
      403: 'Not for this caller, or not open here',
      409: 'Username, e-mail or name are in use',
    },
  })
  async register(@Body(RegistrationPipe) body: Registration) {
    return { user: await this.registration.register(body) };
  }

  @Post('auth/refresh')
  @Endpoint({
    does: 'Get new tokens for a refresh token',
    public: true,
    returns: RefreshedView,
    envelope: 'top level',
    refuses: { 401: 'Spent, revoked, unknown or over', 403: 'The organization is deactivated' },
  })
  async refresh(@Body() { refreshToken }: RefreshTokenBody) {
    return { tokens: await this.sessions.refresh(refreshToken) };
  }

  @Post('auth/logout')
  @Endpoint({
    does: 'End the session of a refresh token',
    public: true,
    returns: SignedOutView,
    refuses: { 401: 'Unknown refresh token' },
  })
  async logout(@Body() { refreshToken }: RefreshTokenBody) {
    await this.sessions.end(refreshToken);
    return { signedOut: true };
  }

  @Get('auth/me')
  @Endpoint({ does: 'Get the signed-in user', usersOnly: true, returns: UserView })
  me() {
    return this.auth.me();
  }

  @Post('auth/switch-organization')
  @Endpoint({
    does: 'Enter another organization, as a super admin',
    usersOnly: true,
    needs: 'organizations:write',
    returns: SignedInView,
    envelope: 'top level',
    refuses: { 404: 'No organization has that id' },
  })
  switchOrganization(@Body() { orgId }: SwitchOrganization) {
    return this.auth.switchOrganization(orgId);
  }

  @Put('users/me/password')
  @Endpoint({ does: 'Change your own password', usersOnly: true, returns: UserView })
  changePassword(@Body() body: ChangePassword) {
    return this.auth.changePassword(body);
  }
}
