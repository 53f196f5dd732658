/**
 * What people write today: Nest on Express, passport-jwt, Prisma, and the row-level-security extension of Prisma's own example.
 * Kept fair: the secret is a KeyObject, answers are mapped by plain functions, nothing is loaded that is not shown, and each
 * module does what a careful author would do without measuring. It runs as the same database role as ours.
 */
import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypicalModule } from './typical/typical.module.js';

const app = await NestFactory.create<NestExpressApplication>(TypicalModule, {
  rawBody: true,
  logger: ['error', 'warn'],
});
app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT']), '127.0.0.1');
