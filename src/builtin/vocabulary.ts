import { stem } from '../core/words.ts';
import { isStopWord } from './words.ts';

/** Words that stand for each other in code and in texts about it. */
const RELATED = [
	'start run launch serve',
	'deploy deployment production hosting',
	'expire ttl expiry expiration timeout',
	'configure config configuration settings',
	'error exception failure',
	'exception error',
	'log logger logging',
	'authenticate auth login authorization',
	'database db sql datasource',
	'delete remove',
	'save persist store insert',
	'persistence persist disk aof',
	'maximum max limit',
	'minimum min',
	'limit max maximum throttle',
	'size length bytes',
	'directory folder',
	'parameter argument option',
	'disconnect closed shutdown disconnected',
	'parse parser decode',
	'color colour ansi',
	'hidden hide password',
	'validate validation valid check',
	'contribute contributing contribution',
	'install installation setup',
	'usage use',
	'test testing',
	'crash panic abort',
	'panic recover recovery',
	'cancel abort stop',
	'find lookup locate loader',
	'decide choose select find lookup',
	'url route endpoint',
	'protect guard lock mutex',
	'concurrency thread lock async parallel',
	'retry retries backoff',
	'order sequence',
	'security secure safe unsafe',
	'docker container compose',
	'send create submit',
	'break breaking broken violate violation',
	'rule guideline policy standard',
	'upgrade migrate migration',
	'sell commercial redistribute',
	'command cmd',
	'print output echo',
	'cookie cookies',
	'environment env',
	'envvar environment env',
	'reload reloader restart',
	'verify verification',
] as const;

/** German words of questions, with what they are in English. */
const GERMAN = `
abhängigkeit=dependency ablauf=flow aktualisieren=update ändern=change änderung=changes anfrage=request anwendung=application
antwort=response argument=argument aufbau=structure aufruf=call aufgerufen=called aufrufen=call ausgabe=output ausnahme=exception
befehl=command behandelt=handled behandlung=handling beispiel=example benutzer=user berechnet=computed beschreibe=describe
bibliothek=library datei=files dateien=files daten=data datenbank=database definiert=defined eingabe=input eigentlich=
einstellung=settings entwicklung=development erkläre=explain ersten=first erstellt=created fehler=errors feld=field finde=find
funktion=function funktionen=functions funktioniert=work gefunden=found gelesen=read geht=about gemacht=made genutzt=used gesetzt=set
geschieht=happens gespeichert=stored gestartet=started getestet=tested gibt=exist gleichzeitig=concurrent grenze=limit
größe=size hilfe=help höchstens=maximum installiere=install klasse=class klassen=classes konfiguriere=configure
konfiguriert=configured konfiguration=configuration lizenz=license lösche=delete lang=long liste=list mache=do machen=do macht=do
maximal=maximum methode=method modul=module name=name neu=new neue=new öffentlich=public option=option optionen=options
ordner=folder parameter=parameter passiert=happens passieren=happen pfad=path prüfe=check prüfung=validation
projekt=project risiko=risks risiken=risks route=route schief=wrong schiefgehen=wrong schnittstelle=api schreibe=write
schritt=step server=server sicherheit=security sitzung=session speichert=stores standard=default standardwert=default
starte=start starten=start stelle=place teste=test tests=tests text=text thema=topic themen=topics unterschied=difference
unterstützt=supported unterstützung=support variable=variable verbindung=connection verbindungen=connections
vergleiche=compare verwendet=used version=version vorlage=template warnung=warning wert=value wichtig=important
wichtigsten=key wiederholung=retry wiederholungen=retries wiederholt=retry zeile=line zeit=time ziel=intent zugriff=access
zusammenfassen=summarize zusammen=summarize zusammenfassung=summary überblick=overview umgebungsvariable=environment-variable
umgebungsvariablen=environment-variables zweck=purpose inhalt=content worum=what einstiegspunkt=entry-point`;

const FUNCTION_WORDS = `
wie=how wo=where was=what wer=who wann=when warum=why wieso=why weshalb=why welche=which welcher=which welches=which
welchen=which wieviele=how-many viele=many wird=is werden=are wurde=was wurden=were ist=is sind=are war=was hat=has haben=have
kann=can können=can könnte=could soll=should muss=must darf=may der=the die=the das=the den=the dem=the des=the ein=a eine=a
einen=a einem=a einer=a dieses=this dieser=this diese=this diesem=this diesen=this hier=here es=it sie=they ich=i man=one wir=we
und=and oder=or nicht=not in=in im=in auf=on an=on am=on mit=with von=of vom=of zu=to zum=to zur=to für=for aus=from bei=at
beim=at nach=after vor=before über=about um=about wenn=when dass=that alle=all mir=me uns=us dort=there dabei= denn= mal= bitte=please
gibt=exist kein=no keine=no`;

const dictionary = new Map(
	`${GERMAN} ${FUNCTION_WORDS}`
		.trim()
		.split(/\s+/)
		.map((entry) => {
			const [german = '', english = ''] = entry.split('=');
			return [german, english.replaceAll('-', ' ')] as const;
		}),
);
const functionWords = new Set(
	FUNCTION_WORDS.trim()
		.split(/\s+/)
		.map((entry) => entry.split('=')[0]),
);
const related = new Map(
	RELATED.map((line) => {
		const [first = '', ...others] = line.split(' ');
		return [stem(first), others.map(stem)] as const;
	}),
);

const WORD = /[\p{L}\p{M}\p{N}_$]+/gu;

/** German words that are English words, too. */
const BOTH = new Set(
	'in an am was war die man argument modul name option parameter projekt route server standard test tests text variable version neu lang also'.split(
		' ',
	),
);

/** Whether a question is asked in German: by the words that only German has. */
function isGerman(text: string): boolean {
	const words = (text.toLowerCase().match(WORD) ?? []).filter((word) => !BOTH.has(word));
	const known = words.filter((word) => dictionary.has(word)).length;
	return (
		known >= 2 ||
		(known === 1 && /^(?:was|wo|wie|wer|welche\w*|wann|warum|wieso|worum|gibt|die|erkläre)\b/i.test(text.trim()))
	);
}

/** The English for a German word, taken apart where it is composed; undefined when it is not known. */
function english(word: string): string | undefined {
	const lower = word.toLowerCase();
	const whole = dictionary.get(lower) ?? dictionary.get(lower.replace(/(?:en|es|er|e|n|s)$/, ''));
	if (whole !== undefined || lower.length < 8) return whole;
	for (let end = lower.length - 3; end >= 4; end--) {
		const first = dictionary.get(lower.slice(0, end).replace(/s$/, ''));
		if (first !== undefined && first !== '') return `${first} ${english(lower.slice(end)) ?? lower.slice(end)}`;
	}
	return undefined;
}

/** A question in English as far as its words are known: for German ones word by word, names stay as they are. */
export function inEnglish(text: string): string {
	if (!isGerman(text)) return text;
	return text
		.replace(/\bworum geht es\b/i, 'what is this about')
		.replace(/`[^`]*`|"[^"]*"|[\p{L}\p{M}\p{N}_$./]+/gu, (word) => english(word) ?? word);
}

/** Words that ask, but name nothing: they count only when a question has no others. */
const ASKING =
	/^(?:decid\w*|happen\w*|deal\w*|work\w*|want\w*|look\w*|thing|stuff|anything|something|tell|show|give|need|possible|able|kind|way|really|actually|exactly|first|begin|people|someone|main|important|does|doing|go|going|add|new|here|one|am|set|us|support\w*|available|exist\w*|show|list|describe|different|differ|implement\w*|defin\w*|call\w*|responsible|concern\w*|relat\w*|ask|contain\w*|several|many|multiple|various|both|i)$/i;

/** Words of questions about a text that are often its subject all the same. */
const SUBJECTS = new Set(['context', 'contexts']);

/** The stems of the words that a question is about, each followed by those of related words. */
export function wordGroups(question: string): string[][] {
	const groups = new Map<string, string[]>();
	const asking = new Set<string>();
	const german = isGerman(question);
	for (const [word] of question.matchAll(WORD)) {
		const translated = german ? english(word) : undefined;
		for (const named of translated === undefined ? [word] : translated.split(' ')) {
			if (
				named === '' ||
				(isStopWord(named) && !SUBJECTS.has(named.toLowerCase())) ||
				(german && functionWords.has(named.toLowerCase()))
			)
				continue;
			const own = translated === undefined || named.toLowerCase() === word.toLowerCase() ? [] : [word.toLowerCase()];
			const key = stem(named.toLowerCase());
			if (ASKING.test(named)) asking.add(key);
			groups.set(key, [...new Set([key, ...own, ...(related.get(key) ?? [])])]);
		}
	}
	if (/\bno [\w-]+ (?:match|fit|exist|is found|found)|\bnot found\b|\bunmatched\b/i.test(question)) {
		groups.set('notfound', ['notfound', '404', 'not_found', 'not found']);
	}
	const telling = [...groups].filter(([key]) => !asking.has(key));
	return (telling.length > 0 ? telling : [...groups]).map(([, forms]) => forms);
}
