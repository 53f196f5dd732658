import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { AppError } from './app-error.js';

/** The `:id` of a route. What cannot be an id is not there: 404, like any id of nobody or of another organization. */
@Injectable()
export class RowId implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!isUUID(value)) throw AppError.notFound();
    return value.toLowerCase();
  }
}

/** The `:id` of an organization, which is text. What cannot be one is not there. */
@Injectable()
export class OrganizationRowId implements PipeTransform<string, string> {
  transform(value: string): string {
    if (!/^[\w-]{1,64}$/.test(value)) throw AppError.notFound();
    return value;
  }
}
