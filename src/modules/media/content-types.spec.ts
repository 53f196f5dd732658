import { describe, expect, it } from '@jest/globals';
import { mayBeShown, typeOf, uploadedTypeOf } from './content-types.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('Types of files', () => {
  it.each([
    ['\x89PNG\r\n\x1a\n....', 'image/png', true],
    ['\xff\xd8\xff\xe0..JFIF', 'image/jpeg', true],
    ['GIF89a....', 'image/gif', true],
    ['RIFF\x01\x02\x03\x04WEBPVP8 ', 'image/webp', true],
    ['\0\0\0\x18ftypmp42', 'video/mp4', true],
    ['\0\0\0\x18ftypM4A ', 'audio/mp4', true],
    ['OggS\0\x02', 'audio/ogg', true],
    ['ID3\x03', 'audio/mpeg', true],
    ['%PDF-1.7', 'application/pdf', false],
    ['PK\x03\x04', 'application/octet-stream', false],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'application/octet-stream', false],
    ['<!doctype html><script>', 'application/octet-stream', false],
    ['\xff', 'application/octet-stream', false],
    ['', 'application/octet-stream', false],
  ])('by their first bytes: %j is %s', (beginning, type, isShown) => {
    expect(typeOf(bytes(beginning))).toBe(type);
    expect(mayBeShown(type)).toBe(isShown);
  });

  it.each([
    ['PK\x03\x04', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['\xd0\xcf\x11\xe0', 'application/msword'],
    ['a;b', 'text/csv'],
  ])('that they do not tell are believed of documents that are uploaded: %j as %s', (beginning, said) => {
    expect(uploadedTypeOf(bytes(beginning), `${said.toUpperCase()} ; charset=utf-8`)).toBe(said);
    expect(mayBeShown(said)).toBe(false);
  });

  it.each([
    ['<script>', 'text/html'],
    ['<svg>', 'image/svg+xml'],
    ['<?xml', 'application/xml'],
    ['alert(1)', 'text/javascript'],
    ['x', 'image/png'],
    ['x', 'audio/mpeg'],
    ['x', 'text/plain/html'],
    ['x', undefined],
  ])('that they do not tell are believed of nothing else: %j as %s', (beginning, said) => {
    expect(uploadedTypeOf(bytes(beginning), said)).toBe('application/octet-stream');
  });

  it('that they tell are not said otherwise', () => {
    expect(uploadedTypeOf(bytes('%PDF-1.7'), 'text/plain')).toBe('application/pdf');
  });
});
