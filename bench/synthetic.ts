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

/**
`count` steps that each run `true` on one host.
*/
export function trueRunbook(count: number): string {
	const steps = Array.from(
		{length: count},
		(_, index) => `\nStep ${index + 1} of ${count}.\n\n\`\`\`sh id=step-${index + 1}\ntrue\n\`\`\`\n`,
	);
	return `---\nfieldbook: 1\ntitle: ${count} steps\nhosts:\n  one: { platform: linux }\n---\n\n# Steps\n<!-- on=one -->\n${steps.join('')}`;
}

/**
One step that prints this many MiB.
*/
export function floodRunbook(mebibytes: number): string {
	return `---\nfieldbook: 1\ntitle: ${mebibytes} MiB\nhosts:\n  one: { platform: linux }\n---\n\n# Flood\n<!-- on=one -->\n\nOne step prints it all.\n\n\`\`\`sh id=flood\n${floodCommand(mebibytes)}\n\`\`\`\n`;
}

export function floodCommand(mebibytes: number): string {
	return `yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde | head -c ${mebibytes * 1024 * 1024}`;
}
