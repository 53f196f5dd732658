import { describe, expect, it } from '@jest/globals';
import { mayBeShown, typeOf } from './content-types.js';

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
});
