import hljs from 'highlight.js/lib/core';
import python from 'highlight.js/lib/languages/python';

hljs.registerLanguage('python', python);

/** Longer code is shown plain: colouring it would hold up the page. Characters. */
const MAX_CHARACTERS = 50_000;

/** Python code as an element, coloured by classes `hljs-*`. */
export function pythonCode(code: string): HTMLElement {
	const element = document.createElement('code');
	if (code.length > MAX_CHARACTERS) element.textContent = code;
	else element.innerHTML = hljs.highlight(code, { language: 'python', ignoreIllegals: true }).value; // escapes the code
	return element;
}
