const blocks = new Set(['P', 'DIV', 'UL', 'OL', 'H1', 'H2', 'H3', 'H4', 'BLOCKQUOTE', 'PRE', 'TABLE', 'TR']);
const separator = /^[-–—─_*·•\s]{3,}$/;

/**
 * The draft in a note as text to paste into a reply: everything up to the separator that parts it
 * from sources and remarks, or the whole note where there is none.
 * @param {HTMLElement} note
 */
export function draftText(note) {
  /** @type {string[]} */
  const pieces = [];
  for (const child of note.childNodes) {
    if (child.nodeName === 'HR' || (pieces.length > 0 && separator.test(child.textContent ?? ''))) break;
    pieces.push(textOf(child));
  }
  return pieces
    .join('')
    .replaceAll(/[ \t]+\n/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** @param {Node} node @returns {string} */
function textOf(node) {
  if (node.nodeName === '#text') return (node.textContent ?? '').replaceAll(/\s+/g, ' ');
  if (node.nodeName === 'BR') return '\n';
  const inner = [...node.childNodes].map(textOf).join('');
  if (node.nodeName === 'LI') return `${marker(node)}${inner.trim()}\n`;
  return blocks.has(node.nodeName) ? `${inner.trim()}\n\n` : inner;
}

/** @param {Node} item */
function marker(item) {
  const list = item.parentElement;
  if (list?.nodeName !== 'OL') return '- ';
  return `${[...list.children].findIndex((child) => child === item) + 1}. `;
}
