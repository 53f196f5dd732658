import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { Config } from '../../platform/config/config.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { OrganizationsModule } from '../organizations/organizations.module.js';
import { UsersModule } from '../users/users.module.js';
import { ACCESS_TOKEN_SECONDS, AUDIENCE, AccessTokens, ISSUER } from './access-tokens.js';
import { AccountsSystemRepository } from './accounts.system-repository.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { Callers } from './callers.js';
import { Credentials } from './credentials.js';
import { JwtCredential, JwtStrategy, jwtKey } from './jwt.strategy.js';
import { OrgContextGuard } from './org-context.guard.js';
import { RefreshTokensRepository } from './refresh-tokens.repository.js';
import { RegistrationService } from './registration.service.js';
import { RequestCountsSystemRepository } from './request-counts.system-repository.js';
import { RequestLimits } from './request-limits.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { Standings } from './standings.js';

const jwt = JwtModule.registerAsync({
  inject: [Config],
  useFactory: (config: Config) => ({
    secret: jwtKey(config),
    signOptions: { algorithm: 'HS256', expiresIn: ACCESS_TOKEN_SECONDS, issuer: ISSUER, audience: AUDIENCE },
  }),
});

@Module({
  imports: [jwt, OrganizationsModule, UsersModule, ApiKeysModule],
  controllers: [AuthController],
  providers: [
    AccessTokens,
    AccountsSystemRepository,
    AuthService,
    Callers,
    Credentials,
    JwtCredential,
    JwtStrategy,
    OrgContextGuard,
    RefreshTokensRepository,
    RegistrationService,
    RequestCountsSystemRepository,
    RequestLimits,
    SessionsService,
    SignInService,
    SignInThrottle,
    Standings,
  ],
  exports: [OrgContextGuard, Credentials, Standings, RequestLimits],
})
export class AuthModule {}
