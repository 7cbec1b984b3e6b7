/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * The page's element of that id, which has to be of that class.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`The page has no ${kind.name} with the id ${id}.`);
  return found;
}

/**
 * Makes a container's children follow a list, keyed by id: what is unchanged stays in the document,
 * so that focus and text selection survive and a screen reader hears only what is new.
 * @template Item
 * @param {HTMLElement} container
 * @param {readonly Item[]} items
 * @param {{ keyOf: (item: Item) => string, render: (item: Item) => HTMLElement }} how
 */
export function follow(container, items, { keyOf, render }) {
  const present = new Map([...container.children].map((child) => [child.getAttribute('data-key'), child]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const version = JSON.stringify(item);
    const old = present.get(key);
    present.delete(key);
    if (old?.getAttribute('data-version') === version) return old;
    const made = render(item);
    made.setAttribute('data-key', key);
    made.setAttribute('data-version', version);
    old?.replaceWith(made);
    return made;
  });
  for (const gone of present.values()) gone.remove();
  for (const [index, child] of wanted.entries()) {
    if (container.children[index] !== child) container.insertBefore(child, container.children[index] ?? null);
  }
}

/** Two letters for a round picture. @param {string} name */
export function initials(name) {
  return name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.slice(0, 1).toUpperCase())
    .join('');
}

/** @param {string} name */
export function avatar(name) {
  const hue = [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);
  const made = element('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(name));
  made.style.setProperty('--hue', String(hue));
  return made;
}

/** Today by the clock, before that by the day. @param {number} seconds Unix seconds */
export function timeOf(seconds) {
  const date = new Date(seconds * 1000);
  const isToday = date.toDateString() === new Date().toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const form = isToday ? { hour: '2-digit', minute: '2-digit' } : { month: 'short', day: 'numeric' };
  const text = new Intl.DateTimeFormat(undefined, form).format(date);
  return element('time', { datetime: date.toISOString(), title: date.toLocaleString() }, text);
}

/**
 * Enter sends the form, Shift+Enter breaks the line; the field grows with its text. Enter that ends
 * the composition of a character (Japanese, Chinese) does not send.
 * @param {HTMLTextAreaElement} field
 */
export function sendOnEnter(field) {
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form?.requestSubmit();
  });
}

/**
 * Changes a log and keeps it at its end where it was there before. One that shows something else
 * from now on jumps there; new messages glide in, unless less motion is asked for.
 * @param {HTMLElement} log
 * @param {() => void} change
 * @param {boolean} isOther
 */
export function keepAtEnd(log, change, isOther) {
  const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  change();
  if (!wasAtEnd && !isOther) return;
  const hasMotion = !isOther && !matchMedia('(prefers-reduced-motion: reduce)').matches;
  log.scrollTo({ top: log.scrollHeight, behavior: hasMotion ? 'smooth' : 'instant' });
}
