/** Ids of the commands, as package.json contributes them. */
export const COMMANDS = {
	querySelection: 'rlm.querySelection',
	queryBuffer: 'rlm.queryBuffer',
	queryWorkspace: 'rlm.queryWorkspace',
	cancelRun: 'rlm.cancelRun',
	answerNow: 'rlm.answerNow',
	openRunInEditor: 'rlm.openRunInEditor',
	exportRun: 'rlm.exportRun',
	setApiKey: 'rlm.setApiKey',
	setSandboxToken: 'rlm.setSandboxToken',
	showLog: 'rlm.showLog',
	historyOpen: 'rlm.history.open',
	historyPin: 'rlm.history.pin',
	historyUnpin: 'rlm.history.unpin',
	historyDelete: 'rlm.history.delete',
	historyRerun: 'rlm.history.rerun',
	historySearch: 'rlm.history.search',
	historyClearSearch: 'rlm.history.clearSearch',
	historyRefresh: 'rlm.history.refresh',
	previewContext: 'rlm.previewContext',
	forgetConsent: 'rlm.forgetConsent',
	addServer: 'rlm.addServer',
	detectServers: 'rlm.detectServers',
	diagnose: 'rlm.diagnose',
	showServers: 'rlm.showServers',
	serverActions: 'rlm.serverActions',
	retryServers: 'rlm.servers.retryAll',
	serverRetry: 'rlm.server.retry',
	serverDrain: 'rlm.server.drain',
	serverResume: 'rlm.server.resume',
	serverEdit: 'rlm.server.edit',
	serverRemove: 'rlm.server.remove',
	serverSetKey: 'rlm.server.setKey',
	serverTest: 'rlm.server.test',
	pickModels: 'rlm.pickModels',
	evaluateModels: 'rlm.evaluateModels',
	openWalkthrough: 'rlm.openWalkthrough',
	showRun: 'rlm.showRun',
	summarizeSymbol: 'rlm.summarizeSymbol',
	summarizeFile: 'rlm.summarizeFile',
	showSummary: 'rlm.showSummary',
	copySummary: 'rlm.copySummary',
	clearSummaries: 'rlm.clearSummaries',
	chatNew: 'rlm.chat.new',
	chatList: 'rlm.chat.list',
	chatAddContext: 'rlm.chat.addContext',
	chatExport: 'rlm.chat.export',
} as const;

/** Filter that makes the settings editor show the settings of this extension. */
export const SETTINGS_QUERY = '@ext:rlm-team.rlm-vscode';

/** Context key that is true while a run is under way. */
export const RUNNING_KEY = 'rlm.running';

/** Ids of the run panel: its view and its editor tabs. */
export const VIEW_ID = 'rlm.run';
export const EDITOR_TYPE = 'rlm.runEditor';

/** The tree of the servers. */
export const SERVERS_VIEW = 'rlm.servers';

/** The chat. */
export const CHAT_VIEW_ID = 'rlm.chat';
