/**
 * What the writer of a mail wrote, without the history quoted below or above it. Works line by line
 * and in linear time; see docs/decisions/0005-text-in-and-out.md for the measurements and for why no
 * library does this.
 */

/** Longer lines are never headers of quoted history. Bounds every regular expression here. */
const headerCharsMax = 500;
const headerLinesMax = 4;
const headerBlockLinesMax = 10;
const signatureLinesMax = 15;
const passesMax = 5;

/** The verb that mail clients put into "On <date>, <name> wrote:", in each client's language. */
const wroteWords = [
  'wrote|sent|schrieb|geschrieben|a écrit|écrit|ecrit|escribió|escribio|va escriure|escreveu|ha scritto|scritto',
  'schreef|geschreven|skrev|skrifaði|kirjoitti|napisał|napisała|napisal|pisze|napsal|napsala|napísal|napísala',
  'написал|написала|пишет|пише|написав|написала|написа|írta|yazdı|έγραψε|a scris|napisao je|napisao|napisala|rašė|kirjutas',
  'đã viết|viết|menulis|เขียนว่า|เขียน|写道|寫道|のメッセージ|のメール|書きました|작성|כתב|כתבה|كتب',
].join('|');
const endsWithWrote = new RegExp(
  `(?:^|[^\\p{L}]|님이 ?|さん ?)(?:${wroteWords})(?:\\(\\p{L}{1,3}\\))?(?<end>\\s?[:：]|\\s*-{2,}|)$`,
  'iu',
);
const holdsWrote = new RegExp(`(?:^|[^\\p{L}])(?:${wroteWords})(?:\\(\\p{L}{1,3}\\))?(?:[^\\p{L}]|$)`, 'iu');
const startsWithOn =
  /^(?:on|am|le|el|il|em|op|den|på|pe|ma|ti|ke|to|la|su|dne|dnia|w dniu|in data|vào|a las|στις|la data|dana|на|в|在|於)\s.{0,40}\d/iu;
const time = /\d{1,2}\s?(?:[:.h点點時시]\s?\d{2}|[ap]\.?m\b)/iu;
const date = /(?<!\d)(?:19|20)\d{2}(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)/u;
const address = /\S@\S/u;

const forwardStems =
  /\bforwarded\b|\bfwd\b|weitergeleitet|transféré|transmis|réexpédi|reenvia|reencaminh|encaminhad|inoltrat|doorgestuurd|videresend|vidarebeford|välitet|edelleenläh|przekaz|přeposíl|přeposl|preposl|proslij|prosled|továbbít|redirec|переадрес|пересыл|перенаправ|переслан|пересил|i\u0307?letil|i\u0307?leti ba|edasta|転送|转发|轉寄|转寄|전달/iu;
const pointsBelow =
  /\bfyi\b|\bforwarding\b|\b(?:see|mail|email|message|conversation) below\b|siehe unten|s\. ?u\.|ci-dessous|más abajo|abajo|qui sotto|abaixo|hieronder|nedenfor|nedan|poniżej|níže|ниже|aşağıda|下記|以下|如下/iu;
const originalStems =
  /origin|oprind|ursprung|ursprüng|oorspr|opprinn|alkuper|původn|pôvodn|исходн|оригинал|oryginal|eredeti|orijinal|özgün|reply|antwort|réponse|respuesta|元の|原始|원본/iu;
const messageStems =
  /message|nachricht|mail|mensaje|mensagem|messaggio|bericht|besked|meddelelse|melding|meddelande|viesti|wiadomo|zpráv|správ|сообщ|письмо|üzenet|ileti|mesaj|メッセージ|邮件|郵件|메시지/iu;

const headerLabels: ReadonlyMap<string, string> = new Map(
  Object.entries({
    from: 'from,von,de,van,da,fra,från,od,lähettäjä,feladó,от,від,отправитель,kimden,gönderen,remitente,expéditeur,mittente,afzender,nadawca,odesílatel,de la,από,差出人,送信者,发件人,寄件者,보낸 사람',
    sent: 'sent,date,gesendet,datum,envoyé,envoyé le,message du,enviado,enviado el,enviado em,enviada em,fecha,data,inviato,verzonden,sendt,dato,skickat,lähetetty,päivämäärä,päiväys,wysłano,wysłane,odesláno,odoslané,dátum,elküldve,дата,отправлено,надіслано,gönderilen,gönderildi,gönderme tarihi,tarih,trimis,ημερομηνία,送信日時,日時,日付,发送时间,日期,寄件日期,보낸 날짜,날짜',
    to: 'to,an,à,a,para,aan,til,till,vastaanottaja,do,komu,címzett,кому,kime,alıcı,către,προς,宛先,收件人,받는 사람',
    subject:
      'subject,betreff,objet,sujet,asunto,assunto,oggetto,onderwerp,emne,ämne,aihe,temat,předmět,predmet,тема,tárgy,konu,subiect,θέμα,件名,主题,主旨,제목',
  }).flatMap(([kind, labels]) => labels.split(',').map((label): [string, string] => [label, kind])),
);
const headerLine = /^(?<label>[\p{L}][\p{L} ]{0,19}?)\s{0,3}\*{0,2}\s?[:：](?<value>.*)$/u;

const isBlank = (line: string): boolean => line.trim() === '';
const isQuoted = (line: string): boolean => line.trimStart().startsWith('>');
const isRule = (line: string): boolean => /^[\s>]{0,20}[-_=*]{3,}\s*$/u.test(line.slice(0, headerCharsMax));
/** Without the signs of quoting and emphasis before it; '' where it is too long to be a header. */
const bare = (line: string): string =>
  line.length > headerCharsMax ? '' : line.replace(/^[\s>*_|]+/u, '').replace(/[\s*_]+$/u, '');

/** `---- Forwarded message ----`, `> Anfang der weitergeleiteten Nachricht:` */
function isForwardMarker(line: string): boolean {
  const text = bare(line.slice(0, 120)).toLowerCase();
  return /^-{2,}|:$/u.test(text) && forwardStems.test(text);
}

/** `-----Original Message-----` */
function isSeparator(line: string): boolean {
  const words = /^[-_=]{2,}\s{0,3}(?<words>[^-_=].{2,50}?)\s{0,3}[-_=]{2,}$/u.exec(bare(line))?.groups?.['words'] ?? '';
  return words.split(/\s+/u).length <= 4 && originalStems.test(words) && messageStems.test(words);
}

/** Whether these lines, joined, say "On <date>, <name> wrote:". `isQuoteNext`: a `> ` line follows. */
function saysWhoWrote(text: string, isQuoteNext: boolean): boolean {
  const words = text.replace(/^-+\s{0,3}/u, '');
  const end = endsWithWrote.exec(words.slice(-40))?.groups?.['end'];
  const hasDate = date.test(words);
  const hasTime = time.test(words);
  const hasAddress = address.test(words);
  if (end !== undefined) {
    if (end.startsWith('-') || end.endsWith('-')) return text !== words;
    if (end === '') return hasTime && (hasDate || hasAddress) && startsWithOn.test(words);
    return isQuoteNext || hasAddress || hasTime || (hasDate && startsWithOn.test(words));
  }
  if (/[:：]$/u.test(words))
    return hasTime && hasDate ? hasAddress || holdsWrote.test(words) : hasDate && hasAddress && holdsWrote.test(words);
  return isQuoteNext && hasDate && hasAddress && /^\d/u.test(words) && words.endsWith('>');
}

const canStartHeader = (text: string): boolean => startsWithOn.test(text) || date.test(text);

/** How many lines from `index` say who wrote the quoted history; 0 when they don't. */
function attributionLength(lines: readonly string[], index: number): number {
  const first = bare(lines[index] ?? '');
  if (first === '') return 0;
  const linesMax = canStartHeader(first) ? headerLinesMax : 1;
  let text = '';
  for (let length = 1; length <= linesMax && !isBlank(lines[index + length - 1] ?? ''); length++) {
    text = `${text} ${bare(lines[index + length - 1] ?? '')}`.trim();
    if (text.length > headerCharsMax) return 0;
    if (saysWhoWrote(text, quoteStart(lines, index + length) !== undefined)) {
      return startsLater(lines, index, length) ? 0 : length;
    }
  }
  return 0;
}

/** "I ordered on 5.5.2026" right above "On 6.5.2026 Bob wrote:" is not a part of the header. */
function startsLater(lines: readonly string[], index: number, length: number): boolean {
  for (let start = index + 1; start < index + length; start++) {
    if (!canStartHeader(bare(lines[start] ?? ''))) continue;
    const rest = lines
      .slice(start, index + length)
      .map(bare)
      .join(' ');
    if (saysWhoWrote(rest, false)) return true;
  }
  return false;
}

/** Where the `> ` lines begin that belong to the header ending before `index`: at most two lines of its rest between. */
function quoteStart(lines: readonly string[], index: number): number | undefined {
  let position = index;
  while (position < index + 2 && !isBlank(lines[position] ?? '') && !isQuoted(lines[position] ?? '')) position++;
  const blanksEnd = position + 3;
  while (position < blanksEnd && position < lines.length && isBlank(lines[position] ?? '')) position++;
  return isQuoted(lines[position] ?? '') ? position : undefined;
}

/**
 * How many lines from `index` are a block of From, Sent, To, Subject; 0 when they aren't. A date and an
 * address are asked for: "From: Berlin, To: Paris" is a customer's trip, and a web form has no date.
 */
function headerBlockLength(lines: readonly string[], index: number): number {
  const kinds = new Set<string>();
  let hasDate = false;
  let hasAddress = false;
  let length = 0;
  for (; length < headerBlockLinesMax && !isBlank(bare(lines[index + length] ?? '')); length++) {
    const line = bare(lines[index + length] ?? '');
    const header = headerLine.exec(line)?.groups;
    const kind = headerLabels.get(header?.['label']?.trim().toLowerCase() ?? '');
    if (kind === undefined && length === 0) return 0;
    if (kind !== undefined) kinds.add(kind);
    if (kind === 'sent' && /\d/u.test(header?.['value'] ?? '')) hasDate = true;
    if (address.test(line)) hasAddress = true;
  }
  const isHeader = hasDate && (kinds.has('from') || kinds.has('to')) && (hasAddress || kinds.size === 4);
  return isHeader ? length : 0;
}

/** How many lines from `index` begin quoted history, in any of its forms; 0 when none does. */
function historyHeaderLength(lines: readonly string[], index: number): number {
  if (isSeparator(lines[index] ?? '')) return 1 + headerBlockLength(lines, index + 1);
  return headerBlockLength(lines, index) || attributionLength(lines, index);
}

/** Where a signature that starts at `index` ends: at history, at the end, or nowhere when it is too long to be one. */
function signatureEnd(lines: readonly string[], index: number): number | undefined {
  let words = 0;
  for (let position = index + 1; position < index + 3 * signatureLinesMax; position++) {
    const line = lines[position];
    if (line === undefined || line === '-- ') return position;
    if (isForwardMarker(line) || historyHeaderLength(lines, position) > 0) return position;
    if (!isBlank(line) && ++words > signatureLinesMax) return undefined;
  }
  return undefined;
}

/** A long quoted line that the writer's mail client broke in two: its rest stands without a `>`. */
const isWrappedRest = (line: string, previous: string): boolean =>
  isQuoted(previous) && previous.length >= 60 && /^\p{Ll}/u.test(line);

const hasWords = (lines: readonly string[]): boolean =>
  lines.some((line) => /[\p{L}\p{N}\p{S}?!]/u.test(line) && !isQuoted(line));

function withoutRules(lines: readonly string[]): readonly string[] {
  const end = lines.findLastIndex((line) => !isBlank(line) && !isRule(line)) + 1;
  return lines.slice(0, end);
}

/** One pass over the lines: those that are the writer's own, in their order. */
function ownLines(lines: readonly string[]): readonly string[] {
  const own: string[] = [];
  let isInHistory = false;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (isInHistory && (isQuoted(line) || isWrappedRest(line, lines[index - 1] ?? ''))) continue;
    if (isForwardMarker(line)) return [...own, ...lines.slice(index)];
    const headerLength = historyHeaderLength(lines, index);
    const quote = headerLength > 0 ? quoteStart(lines, index + headerLength) : undefined;
    if (headerLength > 0 && quote === undefined && !isQuoted(line)) {
      const above = own.join('\n');
      const isPassedOn = above.length <= 500 && (pointsBelow.test(above) || forwardStems.test(above));
      return isPassedOn ? [...own, ...lines.slice(index)] : withoutRules(own);
    }
    if (headerLength > 0) {
      isInHistory = true;
      index = (quote ?? index + headerLength) - 1;
      continue;
    }
    const end =
      line === '-- ' || (isInHistory && /^(?:--|__)\s*$/u.test(line)) ? signatureEnd(lines, index) : undefined;
    if (end !== undefined) index = end - 1;
    else own.push(line);
  }
  return own;
}

/** Whether the mail passes on another one, so that what stands below is what the writer wants read. */
export const isForward = (text: string): boolean => text.split('\n').some(isForwardMarker);

/**
 * The mail's text without quoted history ("On … wrote:", From/Sent/To blocks, "Original Message" and the
 * `> ` lines that follow one of these) and without a signature below `-- `. Answers between quoted lines
 * stay, and so do `> ` lines without such a header, "Sent from my phone" and a closing with a name. What a
 * mail forwards stays. A mail that would lose all its words is returned as it came.
 *
 * The result's lines are lines of `text`, in order; stripping it again changes nothing.
 */
export function stripReply(text: string): string {
  let lines: readonly string[] = text.split('\n');
  for (let pass = 0; pass < passesMax; pass++) {
    const own = ownLines(lines);
    if (own.length === lines.length || !hasWords(own)) return lines.join('\n');
    lines = own;
  }
  return text;
}
