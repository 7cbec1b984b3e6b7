import { byId } from './dom.js';

/**
 * Shows the newest event of another server in the page's status line: JSON `{ "text": … }`, or plain text.
 * @param {string} url of a stream of server-sent events
 */
export function followStatus(url) {
  const line = byId('status', HTMLElement);
  new EventSource(url).addEventListener('message', (event) => {
    line.textContent = textOf(event.data);
    line.hidden = line.textContent === '';
  });
}

/** @param {string} data @returns {string} */
function textOf(data) {
  try {
    const parsed = JSON.parse(data);
    return typeof parsed?.text === 'string' ? parsed.text : String(parsed);
  } catch {
    return data;
  }
}
