// Pyodide as its documentation starts it, in a worker thread: what `npm run bench:sandbox` compares a cold start with.
import { parentPort } from 'node:worker_threads';
import { loadPyodide } from 'pyodide';

const pyodide = await loadPyodide();
parentPort?.postMessage(pyodide.runPython('1 + 1'));
