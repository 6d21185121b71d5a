// npm run bench:ui   The run panel in a real VS Code: frames while 50,000 events stream in, memory, the host's event loop.
import { benchActivation } from './activation.ts';
import { runParts } from './parts.ts';
import { benchHostLoop } from './ui/hostLoop.ts';
import { benchPanelStream } from './ui/panelStream.ts';

await runParts({ stream: benchPanelStream, host: benchHostLoop, activation: benchActivation });
