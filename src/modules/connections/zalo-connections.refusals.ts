import { AppError } from '../../platform/http/app-error.js';

/** The same sentence for every state that does not fit: nobody learns which of them exist. */
export const wrongState = () =>
  AppError.forbidden('This way back from Zalo has been used, is too old or is not known: begin again in Polydesk');

export const notThisAccount = () =>
  AppError.invalidField('oa_id', 'must be the Official Account that the code is for: begin again in Polydesk');

export const noZaloApp = () =>
  new AppError('zalo_not_configured', 409, 'This server has no Zalo app yet: it needs ZALO_APP_ID and ZALO_APP_SECRET');

/** Zalo sends people back without a code where they said no. */
export const missing = (field: string) =>
  AppError.invalidField(field, 'is missing: the account was not given to Polydesk, so begin again there');
