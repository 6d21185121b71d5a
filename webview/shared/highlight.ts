import hljs from 'highlight.js/lib/core';
import python from 'highlight.js/lib/languages/python';

hljs.registerLanguage('python', python);

/** Longer code stays plain, because highlighting it would block the page. Characters. */
const MAX_CHARACTERS = 50_000;

/** Highlights Python code with classes `hljs-*`. */
export function pythonCode(code: string): HTMLElement {
	const element = document.createElement('code');
	if (code.length > MAX_CHARACTERS) element.textContent = code;
	else element.innerHTML = hljs.highlight(code, { language: 'python', ignoreIllegals: true }).value; // escapes the code
	return element;
}
