/**
A runbook of about `bytes` bytes in the dialect: headings, prose, lists, tables, scripts with checks, manual steps.
*/
export function syntheticRunbook(bytes: number): string {
	const parts = [
		'---\nfieldbook: 1\ntitle: Synthetic\nhosts:\n  web1: { group: web, platform: linux }\n  web2: { group: web, platform: linux }\n---\n\n# Synthetic\n',
	];
	let length = parts[0]?.length ?? 0;
	for (let number = 1; length < bytes; number++) {
		const part = sectionOf(number);
		parts.push(part);
		length += part.length;
	}

	return parts.join('');
}

function sectionOf(number: number): string {
	return `
## Service ${number}
<!-- on=web -->

Service ${number} runs on **both** hosts; its port is \`${8000 + (number % 1000)}\`, see [the plan](https://plan.example/${number}).
Nobody else works on it *today*.

| host | role | state |
|---|:-:|--:|
| web1 | front ${number} | up |
| web2 | front ${number} | ${number % 3 === 0 ? 'up' : 'down'} |

- [ ] The alert for service ${number} is silenced. <!-- id=silence-${number} once -->

  It is the ${number % 7}th row on the board.

Restart service ${number}.

\`\`\`sh id=restart-${number} timeout=30s
systemctl restart service-${number}
\`\`\`
Already there if:
\`\`\`sh check
systemctl is-active service-${number}
\`\`\`
`;
}

/** `count` steps that each run `true`. */
export function trueRunbook(count: number): string {
	const steps = Array.from(
		{length: count},
		(_, index) => `Step ${index + 1} of ${count}.\n\n\`\`\`sh id=step-${index + 1}\ntrue\n\`\`\`\n`,
	);
	return oneHostRunbook('Steps', steps.join('\n'));
}

/** One step that runs `true` on each of these hosts. */
export function fanoutRunbook(hosts: readonly string[]): string {
	const declared = hosts.map(host => `  ${host}: { group: all, platform: linux }\n`);
	return `---\nfieldbook: 1\ntitle: Fan-out\nhosts:\n${declared.join('')}---\n\n# Fan-out\n\nEvery host is there.\n\n\`\`\`sh on=all id=all readonly\ntrue\n\`\`\`\n`;
}

/** The same under headings of `perPhase` steps each. */
export function phasedRunbook(count: number, perPhase: number): string {
	const steps = Array.from({length: count}, (_, index) => {
		const heading = index % perPhase === 0 ? `## Phase ${index / perPhase + 1}\n\n` : '';
		return `${heading}Step ${index + 1} of ${count}.\n\n\`\`\`sh id=step-${index + 1}\ntrue\n\`\`\`\n`;
	});
	return oneHostRunbook('Phases', steps.join('\n'));
}

/** One step that prints this many MiB. */
export function floodRunbook(mebibytes: number): string {
	return oneHostRunbook('Flood', `One step prints it all.\n\n\`\`\`sh id=flood\n${floodCommand(mebibytes)}\n\`\`\`\n`);
}

export function floodCommand(mebibytes: number): string {
	return `${yes} | head -c ${mebibytes * 1024 * 1024}`;
}

const yes = `yes ${'0123456789abcdef'.repeat(4)}`;

function oneHostRunbook(title: string, steps: string): string {
	return `---\nfieldbook: 1\ntitle: ${title}\nhosts:\n  one: { platform: linux }\n---\n\n# ${title}\n<!-- on=one -->\n\n${steps}`;
}

/** One step that prints about so many MB (of a million bytes) a second: a tenth of it ten times a second. */
export function pacedRunbook(megabytesPerSecond: number, seconds: number): string {
	const script = pacedScript(megabytesPerSecond, seconds * 10);
	return oneHostRunbook('Paced', `One step prints at its own pace.\n\n\`\`\`sh id=paced\n${script}\n\`\`\`\n`);
}

/** Ten pieces a second. */
export function pacedScript(megabytesPerSecond: number, pieces: number): string {
	return `for piece in $(seq ${pieces}); do\n\t${yes} | head -c ${megabytesPerSecond * 100_000}\n\tsleep 0.08\ndone`;
}

/** `script` on each of these hosts at once, and meanwhile on `one` steps of 0.1 s, one after another. */
export function besideTicksRunbook(hosts: readonly string[], script: string, ticks: number): string {
	const declared = hosts.map(host => `  ${host}: { group: many, platform: linux }\n`);
	const steps = Array.from(
		{length: ticks},
		(_, index) =>
			`Tick ${index + 1}.\n\n\`\`\`sh on=one id=tick-${index + 1} after=${index === 0 ? 'start' : `tick-${index}`}\nsleep 0.1\n\`\`\`\n`,
	);
	const many = hosts.length === 0 ? '' : `All print.\n\n\`\`\`sh on=many id=many after=start\n${script}\n\`\`\`\n\n`;
	return `---\nfieldbook: 1\ntitle: Beside\nhosts:\n  one: { platform: linux }\n${declared.join('')}---\n\n# Beside\n\nBegin.\n\n\`\`\`sh on=one id=start\ntrue\n\`\`\`\n\n${many}${steps.join('\n')}`;
}

/** Steps that each print `bytes` and take `ms`. */
export function tickingRunbook(count: number, ms: number, bytes: number): string {
	const steps = Array.from(
		{length: count},
		(_, index) =>
			`Tick ${index + 1} of ${count}.\n\n\`\`\`sh id=tick-${index + 1}\n${yes} | head -c ${bytes}\nsleep ${ms / 1000}\n\`\`\`\n`,
	);
	return oneHostRunbook('Ticks', steps.join('\n'));
}
