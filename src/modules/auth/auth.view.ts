import { Shown, ShownId, ShownText } from '../../platform/http/view.js';
import { UserView } from '../users/user.view.js';

export class TokensView {
  @Shown() accessToken!: string;
  @Shown() refreshToken!: string;
  @Shown({ type: 'integer', description: 'Seconds until the access token expires', example: 3600 }) expiresIn!: number;
}

export class SignedInUserView {
  @ShownId() id!: string;
  @Shown() username!: string;
  @ShownText() email!: string | null;
  @Shown() role!: string;
  @Shown({ description: 'The organization that the tokens are bound to' }) orgId!: string;
}

export class SignedInView {
  @Shown({ type: SignedInUserView }) user!: SignedInUserView;
  @Shown({ type: TokensView }) tokens!: TokensView;
}

export class RefreshedView {
  @Shown({ type: TokensView }) tokens!: TokensView;
}

export class RegisteredView {
  @Shown({ type: UserView }) user!: UserView;
}

export class SignedOutView {
  @Shown() signedOut!: true;
}
