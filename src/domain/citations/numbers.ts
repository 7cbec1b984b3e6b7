/** Digits with separators of thousands and decimals, of any country. */
export const numberPattern = String.raw`\d+(?:[.,]\d+|['’\u00a0\u202f ]\d{3}(?!\d)){0,5}`;

/**
 * What a written number may mean: "1.000" is a thousand in one country and one in another, so both are given.
 * Empty for what is no number.
 */
export function readNumber(written: string): readonly number[] {
  const digits = written.replaceAll(/['’\s]/gu, '');
  if (!/^\d+(?:[.,]\d+)*$/u.test(digits)) return [];
  const separators = digits.match(/[.,]/g) ?? [];
  const last = separators.at(-1);
  if (last === undefined) return [Number(digits)];
  const whole = Number(digits.replaceAll(/[.,]/g, ''));
  const decimalAt = digits.lastIndexOf(last);
  const decimal = Number(`${digits.slice(0, decimalAt).replaceAll(/[.,]/g, '')}.${digits.slice(decimalAt + 1)}`);
  if (separators.length > 1) return separators.every((one) => one === last) ? [whole] : [decimal];
  return digits.length - decimalAt - 1 === 3 ? [whole, decimal] : [decimal];
}

/** 1 to 12, in the order of the numbers; several spellings are parted by a slash. */
const words = [
  'one two three four five six seven eight nine ten eleven twelve',
  'ein/eine/einen/einem/einer/eines zwei drei vier fünf sechs sieben acht neun zehn elf zwölf',
  'un/une deux trois quatre cinq six sept huit neuf dix onze douze',
  'uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce',
  'uno/una due tre quattro cinque sei sette otto nove dieci undici dodici',
  'um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze',
  'een/één twee drie vier vijf zes zeven acht negen tien elf twaalf',
  'en/ett två tre fyra fem sex sju åtta nio tio elva tolv',
];

/** Some words mean two numbers: "six" is English and French, "elf" German and Dutch, "tre" Italian and Swedish. */
const valuesOfWord: ReadonlyMap<string, readonly (readonly [string, number])[]> = Map.groupBy(
  words.flatMap((line) =>
    line
      .split(' ')
      .flatMap((spellings, index) => spellings.split('/').map((word): readonly [string, number] => [word, index + 1])),
  ),
  ([word]) => word,
);

/** Every number that a text states, in digits or as a word from one to twelve of eight languages. */
export function numbersIn(text: string): ReadonlySet<number> {
  const written = Array.from(text.matchAll(new RegExp(numberPattern, 'gu')), ([found]) => [
    ...readNumber(found),
    ...(found.match(/\d+/g) ?? []).map(Number),
  ]);
  const spoken = Array.from(text.toLowerCase().matchAll(/\p{L}+/gu), ([word]) =>
    (valuesOfWord.get(word) ?? []).map(([, value]) => value),
  );
  return new Set([...written, ...spoken].flat());
}
