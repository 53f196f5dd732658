import { Global, Module } from '@nestjs/common';
import { FileLinks } from './file-links.js';
import { SecretVault } from './secret-vault.js';

@Global()
@Module({ providers: [SecretVault, FileLinks], exports: [SecretVault, FileLinks] })
export class SecretsModule {}
