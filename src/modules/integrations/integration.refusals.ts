import { AppError } from '../../platform/http/app-error.js';

/** The same sentence whoever has the page: organizations learn nothing about each other. */
export const pageInUse = () =>
  new AppError(
    'integration_in_use',
    409,
    'This page is connected to another organization: it has to be disconnected there first',
  );

export const pageConnected = () =>
  new AppError('integration_exists', 409, 'This page is connected already: change that integration instead');

export const disconnected = () =>
  new AppError('integration_disconnected', 409, 'This page is disconnected: connect it again to give it tokens');

/** What was kept cannot be carried over into the new seal. */
export const tokensUnreadable = () =>
  new AppError(
    'tokens_unreadable',
    409,
    'The token that you left out cannot be read any more: send accessToken and refreshToken together',
  );

export const noSuchEndpoint = () =>
  AppError.invalidField('webhookEndpointId', 'must be a webhook endpoint of this organization');

export const noSuchChatbot = () => AppError.invalidField('chatbotId', 'must be a chatbot of this organization');
