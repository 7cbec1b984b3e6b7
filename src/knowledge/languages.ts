import { stemmer as arabic } from '@orama/stemmers/arabic';
import { stemmer as bulgarian } from '@orama/stemmers/bulgarian';
import { stemmer as danish } from '@orama/stemmers/danish';
import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as finnish } from '@orama/stemmers/finnish';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as greek } from '@orama/stemmers/greek';
import { stemmer as hungarian } from '@orama/stemmers/hungarian';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as norwegian } from '@orama/stemmers/norwegian';
import { stemmer as portuguese } from '@orama/stemmers/portuguese';
import { stemmer as romanian } from '@orama/stemmers/romanian';
import { stemmer as russian } from '@orama/stemmers/russian';
import { stemmer as spanish } from '@orama/stemmers/spanish';
import { stemmer as swedish } from '@orama/stemmers/swedish';
import { stemmer as turkish } from '@orama/stemmers/turkish';
import { stemmer as ukrainian } from '@orama/stemmers/ukrainian';
import {
  ara,
  bul,
  ces,
  dan,
  deu,
  ell,
  eng,
  fin,
  fra,
  hun,
  ita,
  jpn,
  kor,
  nld,
  nob,
  pol,
  por,
  ron,
  rus,
  spa,
  swe,
  tha,
  tur,
  ukr,
  vie,
  zho,
} from 'stopword';
import { stemCzech, stemPolish } from './slavic-stems.ts';
import { wordsOf } from './words.ts';

/** What search knows of a language. */
export type Language = {
  readonly stem: (word: string) => string;
  /** Words so common that they say nothing of what is asked. */
  readonly stopWords: ReadonlySet<string>;
};

const asItIs = (word: string): string => word;

/** Greetings and pleas stand in nearly each message and in few articles, so that their rarity there would mislead. */
const courtesies: ReadonlyMap<string, string> = new Map([
  ['en', 'hi hello hey dear thank thanks please help regards sorry'],
  ['de', 'hallo guten liebe lieber danke dank bitte hilfe helfen grüße grüßen freundlichen'],
  ['fr', 'bonjour salut cher merci svp aide aider cordialement'],
  ['es', 'hola buenos buenas estimado gracias favor ayuda ayudar saludos'],
  ['it', 'ciao salve buongiorno gentile grazie favore aiuto aiutare saluti'],
  ['pt', 'olá oi bom caro obrigado obrigada favor ajuda ajudar cumprimentos'],
  ['nl', 'hallo hoi beste geachte dank bedankt graag hulp helpen groet groeten vriendelijke'],
  ['sv', 'hej tack snälla hjälp hjälpa hälsningar'],
  ['fi', 'hei moi kiitos kiitoksia apua auttaa terveisin'],
  ['pl', 'cześć witam dobry dziękuję proszę pomoc pomóc pozdrawiam'],
  ['cs', 'ahoj dobrý děkuji díky prosím pomoc pomoci pozdravem'],
  ['ru', 'привет здравствуйте добрый спасибо пожалуйста помогите помощь уважением'],
]);

function languageOf(code: string, words: readonly string[], stem: (word: string) => string): [string, Language] {
  const all = [...words, ...(courtesies.get(code)?.split(' ') ?? [])];
  return [code, { stem, stopWords: new Set(all.flatMap(wordsOf)) }];
}

const languages: ReadonlyMap<string, Language> = new Map([
  languageOf('ar', ara, arabic),
  languageOf('bg', bul, bulgarian),
  languageOf('cs', ces, stemCzech),
  languageOf('da', dan, danish),
  languageOf('de', deu, german),
  languageOf('el', ell, greek),
  languageOf('en', eng, english),
  languageOf('es', spa, spanish),
  languageOf('fi', fin, finnish),
  languageOf('fr', fra, french),
  languageOf('hu', hun, hungarian),
  languageOf('it', ita, italian),
  languageOf('ja', jpn, asItIs),
  languageOf('ko', kor, asItIs),
  languageOf('nb', nob, norwegian),
  languageOf('nl', nld, dutch),
  languageOf('no', nob, norwegian),
  languageOf('pl', pol, stemPolish),
  languageOf('pt', por, portuguese),
  languageOf('ro', ron, romanian),
  languageOf('ru', rus, russian),
  languageOf('sv', swe, swedish),
  languageOf('th', tha, asItIs),
  languageOf('tr', tur, turkish),
  languageOf('uk', ukr, ukrainian),
  languageOf('vi', vie, asItIs),
  languageOf('zh', zho, asItIs),
]);

const unknown: Language = { stem: asItIs, stopWords: new Set() };

/** `code`: ISO 639-1. A language without rules of its own is searched by its words as they are. */
export const languageFor = (code: string | undefined): Language => languages.get(code ?? '') ?? unknown;
