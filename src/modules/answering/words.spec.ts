import { describe, expect, it } from '@jest/globals';
import { Words } from './words.js';

describe('Words', () => {
  const says = (text: string, phrase: string) => new Words(text).include(new Words(phrase));

  it.each([
    ['Cho mình hỏi GIÁ với', 'giá'],
    ['cho minh hoi gia voi', 'giá'],
    ['Cho mình hỏi giá với', 'gia'],
    ['phí giao hàng?', 'giao hàng'],
    ['phi giao hang', 'Giao Hàng'],
    ['đổi trả hàng', 'doi tra'],
    ['doi tra hang', 'đổi trả'],
    ['hòa bình', 'hoà bình'],
    ['ho\u00e0 bi\u0300nh', 'hòa bình'],
    ['ПРИВЕТ, как дела', 'привет'],
    ['ÉCOLE fermée', 'école'],
    ['请问价格是多少', '价格'],
    ['ราคาเท่าไหร่', 'ราคา'],
    ['ｐｒｉｃｅ please', 'price'],
    ['great 👍', '👍'],
    ['size 42,', 'size 42'],
  ])('of "%s" include "%s"', (text, phrase) => {
    expect(says(text, phrase)).toBe(true);
  });

  it.each([
    ['pricey', 'price'],
    ['giá', 'gi'],
    ['bạn ơi', 'bán'],
    ['giao nhanh hàng', 'giao hàng'],
    ['hàng giao', 'giao hàng'],
    ['giao', 'giao hàng'],
    ['', 'giá'],
    ['giá', ''],
    ['giá', ' ?! '],
    ['🙂', '👍'],
  ])('of "%s" do not include "%s"', (text, phrase) => {
    expect(says(text, phrase)).toBe(false);
  });
});
