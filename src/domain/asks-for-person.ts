/** Words of one language, as pieces of a regular expression. */
type Words = {
  /** Whom one asks for. */
  readonly person: string;
  /** What one wants of them: to talk, to be put through. */
  readonly want: string;
  /** What one is tired of. */
  readonly machine: string;
  /** No more of it. */
  readonly not: string;
};

const languages: readonly Words[] = [
  {
    person: String.raw`(?:real |live |actual )?(?:human(?: being)?|person)|live (?:agent|chat|support)|agents?|worker|representative|rep|advis[eo]r|operator|(?:human|real) support|supervisor|manager|someone (?:real|who|from|in|at|on|else)|somebody|(?:a |your |any )?(?:team|staff) ?member|customer (?:service|support|care)|your (?:colleagues?|team)|real (?:people|person|someone)`,
    want: String.raw`(?:talk|speak|chat|connect|escalat|hand|pass|get through|put) ?\p{L}*|transfer(?:red)? (?:me|us)|be transferred|(?:need|want|prefer|like|get|give|reach|find|call|is there|are there|contact) ?\p{L}*(?= (?:me |in touch with |to |for |you )?(?:an? |the |some )?(?:real|live|actual|human|representative|agent|operator|supervisor|manager))`,
    machine: String.raw`bots?|chat ?bots?|robots?|machines?|a\.?i\.?|automated (?:replies|answers|messages)`,
    not: String.raw`not?|don['’]?t|stop|no more|instead of|rather than|tired of|sick of`,
  },
  {
    person: String.raw`(?:echte[nrms]* )?mensch\p{L}*|(?:echte[nr]? )?person|mitarbeiter\p{L}*|berater\p{L}*|ansprechpartner\p{L}*|sachbearbeiter\p{L}*|kollege\p{L}*|vorgesetzte\p{L}*|jemand(?:e[nm])? (?:echte[nsm]|persönlich|vom|von|aus)|kundenservice|kundendienst`,
    want: String.raw`sprech\p{L}*|spreche|red(?:en|e)|unterhalten|chatten|verbind\p{L}*|verbunden|weiterleit\p{L}*|weitergeleitet|durchstell\p{L}*|kontaktier\p{L}*`,
    machine: String.raw`(?:chat)?bots?|roboter|maschinen?|ki`,
    not: String.raw`nicht|kein\p{L}*|statt|genug von`,
  },
  {
    person: String.raw`(?:vraie |vrai )?(?:personne|humain|être humain)|conseill(?:er|ère)|agent|opérat(?:eur|rice)|interlocuteur|responsable|quelqu['’]un|téléconseiller\p{L}*`,
    want: String.raw`parler|discuter|échanger|contacter|joindre|transf[ée]r\p{L}*|mettre en relation|passez[- ]moi|mettez[- ]moi`,
    machine: String.raw`robots?|bots?|chatbots?|machines?|ia`,
    not: String.raw`pas|plus|non|marre`,
  },
  {
    person: String.raw`(?:una )?persona(?: real)?|humano|agente|asesor\p{L}*|operador\p{L}*|representante|alguien|encargad[oa]|supervisor\p{L}*`,
    want: String.raw`hablar|hable|chatear|comunic\p{L}*|contactar|p[aá]s[ae]\p{L}*|transf[ieé]\p{L}*|conect\p{L}*|atienda`,
    machine: String.raw`bots?|robots?|máquinas?|ia`,
    not: String.raw`no|sin|har[to]\p{L}*`,
  },
  {
    person: String.raw`(?:una )?persona(?: reale| vera)?|umano|operator[ei]|operatrice|consulente|addetto|responsabile|qualcuno`,
    want: String.raw`parlare|parlo|chattare|contattare|pass(?:ar|at)e?mi|trasferi\p{L}*|mett\p{L}* in contatto`,
    machine: String.raw`bot|chatbot|robot|macchin[ae]|ia`,
    not: String.raw`non|senza|basta`,
  },
  {
    person: String.raw`(?:uma )?pessoa(?: real)?|humano|atendente|agente|operador\p{L}*|representante|alguém|responsável`,
    want: String.raw`falar|conversar|contactar|contatar|transf\p{L}*|passar?|ligar`,
    machine: String.raw`bots?|robôs?|máquinas?|ia`,
    not: String.raw`não|nao|sem|cansad\p{L}*`,
  },
  {
    person: String.raw`(?:echt )?(?:mens|persoon)|(?:een )?mensen?|medewerker|collega|iemand|klantenservice`,
    want: String.raw`spreken|praten|chatten|contact(?:eren)?|doorverbind\p{L}*|doorverbonden|doorschakel\p{L}*`,
    machine: String.raw`(?:chat)?bots?|robots?|computer|ai`,
    not: String.raw`niet|geen|zonder`,
  },
  {
    person: String.raw`människa|mänsklig\p{L}*|person(?:al)?|handläggare|kundtjänst\p{L}*|menneske\p{L}*|medarbejder|medarbeider|kundeservice\p{L}*|kundebehandler`,
    want: String.raw`prata|tala|snakke|tale|snakk|kopplas?|kontakta?|chatta`,
    machine: String.raw`(?:chatt?)?bot(?:ten)?|robot|maskin|dator`,
    not: String.raw`inte|ikke|ingen|utan|uden|uten`,
  },
  {
    person: String.raw`ihmi[ns]\p{L}*|asiakaspalvelija\p{L}*|työntekijä\p{L}*`,
    want: String.raw`puhua|jutella|keskustella|yhdist\p{L}*`,
    machine: String.raw`botin?|botti\p{L}*|roboti\p{L}*`,
    not: String.raw`en|ei`,
  },
  {
    person: String.raw`człowiek\p{L}*|konsultant\p{L}*|pracownik\p{L}*|osob[ąęy]|doradc\p{L}*|člověk\p{L}*|operátor\p{L}*|zaměstnan\p{L}*|kolegou|človek\p{L}*`,
    want: String.raw`rozmawiać|porozmawiać|pogadać|połącz\p{L}*|skontaktować|mluvit|promluvit|spojit|přepoj\p{L}*|hovoriť|porozprávať|spojte`,
    machine: String.raw`bot\p{L}*|robot\p{L}*|maszyn\p{L}*|stroj\p{L}*`,
    not: String.raw`nie|ne|nechci|nechcem`,
  },
  {
    person: String.raw`человек\p{L}*|оператор\p{L}*|специалист\p{L}*|сотрудник\p{L}*|менеджер\p{L}*|людин\p{L}*|спеціаліст\p{L}*|менеджер\p{L}*`,
    want: String.raw`поговорить|говорить|связаться|соедините|соединить|переведите|позовите|пригласите|поговорити|зв['’ʼ]яз\p{L}*|з['’ʼ]єдн\p{L}*|покличте`,
    machine: String.raw`бот\p{L}*|робот\p{L}*|машин\p{L}*`,
    not: String.raw`не|хватит`,
  },
  {
    person: String.raw`insan\p{L}*|temsilci\p{L}*|yetkili\p{L}*|gerçek (?:bir )?kişi\p{L}*|biri(?:yle|siyle)?|operatör\p{L}*`,
    want: String.raw`konuş\p{L}*|görüş\p{L}*|bağla\p{L}*|aktar\p{L}*`,
    machine: String.raw`bot\p{L}*|robot\p{L}*|makine\p{L}*`,
    not: String.raw`istemiyorum|değil`,
  },
];

const others: readonly RegExp[] = [
  /\b(?:talk|speak|chat) (?:to|with) (?:someone|somebody|an? \w+ person)\b|\bcomfortable\b[^.?!\n]{0,50}\bwith a (?:machine|bot|robot)\b/iu,
  // Languages without borders between words.
  /(?:人間|担当者|オペレーター|スタッフ|有人|人)(?:の方|の人)?(?:と|に)?(?:直接)?(?:話|つな|繋|代わ|対応|チャット|問い合わせ)/u,
  /(?:转|轉|找|要|换|換|联系|聯繫|接)(?:到|个|個|一下)?(?:人工|真人|客服)|人工客服|真人客服|(?:和|跟|与)(?:真)?人(?:工)?(?:说话|說話|聊|谈|談)/u,
  /(?:상담원|상담사|사람|직원|담당자)(?:과|와|이랑|하고|에게|한테|을|를|으로)?\s*(?:직접\s*)?(?:연결|통화|상담|이야기|얘기|대화|바꿔)/u,
  /(?:التحدث|أتحدث|اتحدث|التكلم|أتكلم|تحويلي|حولني|التواصل|أتواصل)[^.؟?!\n]{0,30}(?:شخص|إنسان|انسان|موظف|ممثل|بشري)/u,
  /(?:לדבר|לשוחח|להעביר|תעביר\p{L}*)[^.?!\n]{0,30}(?:אדם|נציג|בן אדם|אנושי)/u,
  /(?:คุยกับ|ติดต่อ|โอน)[^\n]{0,20}(?:คน|เจ้าหน้าที่|พนักงาน)/u,
  /(?:नंबर|इंसान|व्यक्ति|एजेंट|प्रतिनिधि)[^।?!\n]{0,20}(?:से )?(?:बात|जोड़)/u,
];

/** A message that is no more than this, with a "please" at the most. */
const alone =
  /^[\s\p{P}]*(?:(?:an? |the |real |live |to )*(?:human|person|agent|representative|operator|live chat)(?: being)?|(?:ein |echter )*(?:mensch|mitarbeiter)|(?:un |une )?(?:humain|personne|conseiller)|(?:un[a]? )?(?:persona|humano|agente|umano|operatore)|(?:uma )?(?:pessoa|atendente)|(?:een )?(?:mens|medewerker)|människa|menneske|ihminen|człowiek|konsultant|člověk|человек|оператор|людина|insan|temsilci|人間|人工|真人|사람|상담원|إنسان|אדם)(?:[\s\p{P}]*(?:please|bitte|s['’]il vous pla[iî]t|por favor|per favore|alstublieft|tack|takk|tak|kiitos|proszę|prosím|пожалуйста|lütfen))?[\s\p{P}]*$/iu;

const gap = String.raw`[^.?!。？！\n]{0,40}?`;
const word = (pattern: string): string => String.raw`(?<!\p{L})(?:${pattern})(?!\p{L})`;
const either = (one: string, other: string): string => `(?:${one}${gap}${other}|${other}${gap}${one})`;

/** "talk to a person", in either order, and "no bot". */
const asks: readonly RegExp[] = languages.flatMap(({ person, want, machine, not }) => [
  new RegExp(either(word(want), word(person)), 'iu'),
  new RegExp(`${word(not)}${gap}${word(machine)}`, 'iu'),
]);

/**
 * Whether a contact asks for a person, or wants no machine, by patterns for some twenty languages. It would rather
 * find a wish that is none than miss one: all that it costs is a reply that becomes a note.
 */
export const asksForPerson = (text: string): boolean =>
  alone.test(text) || asks.some((pattern) => pattern.test(text)) || others.some((pattern) => pattern.test(text));
