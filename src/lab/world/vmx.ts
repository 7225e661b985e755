/** What a vmx file says, by key in small letters. */
export type VmxSettings = Readonly<Record<string, string>>;

/**
Reads a vmx file; undefined: a line is none of it.

> | scsi0:0.fileName = "vm1.vmdk"
*/
export function readVmx(text: string): VmxSettings | undefined {
	const settings: Record<string, string> = {};
	for (const line of text.split('\n').map(each => each.trim())) {
		if (line === '' || line.startsWith('#')) {
			continue;
		}

		const found = /^([^\s=]+)\s*=\s*(?:"([^"]*)"|(\S*))$/.exec(line);
		if (!found) {
			return undefined;
		}

		settings[(found[1] ?? '').toLowerCase()] = found[2] ?? found[3] ?? '';
	}

	return settings;
}

export function vmxText(settings: VmxSettings): string {
	return Object.entries(settings)
		.map(([key, value]) => `${key} = "${value}"\n`)
		.join('');
}

/** The text with other values; keys that it does not have come last. */
export function withSettings(text: string, changes: VmxSettings): string {
	const left = new Map(Object.entries(changes).map(([key, value]) => [key.toLowerCase(), {key, value}]));
	const lines = text.split('\n').map(line => {
		const key = /^\s*([^\s=#]+)\s*=/.exec(line)?.[1]?.toLowerCase() ?? '';
		const change = left.get(key);
		left.delete(key);
		return change === undefined ? line : `${change.key} = "${change.value}"`;
	});
	const kept = lines.at(-1) === '' ? lines.slice(0, -1) : lines;
	return [...kept, ...[...left.values()].map(({key, value}) => `${key} = "${value}"`), ''].join('\n');
}

export function isTrueSetting(value: string | undefined): boolean {
	return value?.toLowerCase() === 'true';
}

/** The files of the disks that are present: `scsi0:0` and so on, in this order. */
export function diskFiles(settings: VmxSettings): readonly {readonly slot: string; readonly file: string}[] {
	return Object.keys(settings)
		.flatMap(key => /^((?:scsi|sata|nvme|ide)\d+:\d+)\.filename$/.exec(key)?.[1] ?? [])
		.filter(slot => isTrueSetting(settings[`${slot}.present`]))
		.map(slot => ({slot, file: settings[`${slot}.filename`] ?? ''}))
		.filter(({file}) => file.endsWith('.vmdk'))
		.sort((one, other) => one.slot.localeCompare(other.slot));
}
