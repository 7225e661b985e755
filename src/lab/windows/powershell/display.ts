import {formatOf, listOf, type Shape, tableOf} from './format.js';
import type {Display} from './powershell.js';
import {type ErrorRecord, PsHash, PsObject, toText, type Value} from './value.js';

export type DisplayOptions = {
	write(stream: 'out' | 'err', text: string): Promise<void>;
	/** As Windows PowerShell writes errors when it was given an encoded command and nobody types. */
	readonly clixml: boolean;
};

const root = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">';

/** It looks at a module for the first time, before a script can silence it. */
const preparing =
	'<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN><MS><I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC><T>Completed</T><SR>-1</SR><SD> </SD></PR></MS></Obj>';

/** The console of a powershell.exe whose streams are pipes. */
export class PipedDisplay implements Display {
	readonly #options: DisplayOptions;
	/** Objects of one shape, to be formatted together. */
	#held: {readonly shape: Shape; readonly objects: Value[]} | undefined;
	#elements: string[] = [];

	constructor(options: DisplayOptions) {
		this.#options = options;
	}

	async show(value: Value): Promise<void> {
		if (value === null) {
			return;
		}
		if (!(value instanceof PsObject || value instanceof PsHash)) {
			await this.flush();
			await this.#line(toText(value));
			return;
		}
		const shape = formatOf(value);
		if (shape.kind === 'text') {
			await this.flush();
			await this.#line(shape.text);
			return;
		}
		if (this.#held !== undefined && this.#held.shape.key !== shape.key) {
			await this.flush();
		}
		this.#held ??= {shape, objects: []};
		this.#held.objects.push(value);
	}

	async flush(): Promise<void> {
		const held = this.#held;
		this.#held = undefined;
		if (held !== undefined) {
			const lines = held.shape.kind === 'table' ? tableOf(held.objects, held.shape.columns) : listOf(held.objects);
			await this.#options.write('out', lines.map(line => `${line}\r\n`).join(''));
		}
	}

	async error(record: ErrorRecord): Promise<void> {
		await this.flush();
		if (this.#options.clixml) {
			this.#elements.push(...record.lines.map(line => `<S S="Error">${escaped(`${line}\r\n`)}</S>`));
		} else {
			await this.#options.write('err', record.lines.map(line => `${line}\r\n`).join(''));
		}
	}

	async message(stream: 'warning' | 'verbose' | 'debug', text: string): Promise<void> {
		await this.flush();
		if (this.#options.clixml) {
			this.#elements.push(`<S S="${stream}">${escaped(text)}</S>`);
		} else {
			await this.#line(`${stream.toUpperCase()}: ${text}`);
		}
	}

	/** The process ends: what is written only then. */
	async end(): Promise<void> {
		await this.flush();
		if (this.#options.clixml) {
			await this.#options.write('err', `#< CLIXML\r\n${root}${preparing}${this.#elements.join('')}</Objs>`);
		}
	}

	#line(text: string): Promise<void> {
		return this.#options.write('out', `${text.replaceAll(/\r?\n/g, '\r\n')}\r\n`);
	}
}

/** Source: [MS-PSRP], section 2.2.5.3.2. */
function escaped(text: string): string {
	return text
		.replaceAll(/_(?=x[\da-f]{4}_)/gi, '_x005F_')
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll(/\p{Cc}/gu, unit => `_x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`);
}
