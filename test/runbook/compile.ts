import {readDocument} from '../../src/document/read.js';
import {compileRunbook} from '../../src/runbook/compile.js';
import type {CompiledRunbook} from '../../src/runbook/runbook.js';

/** Compiles a document as the program does; its own problems come first. `beside`: the documents that it may include. */
export function compile(
	source: string,
	file = 'runbook.md',
	beside: Readonly<Record<string, string>> = {},
): CompiledRunbook {
	const {document, problems} = readDocument(file, source);
	const compiled = compileRunbook(document, path => {
		const text = beside[path];
		return text === undefined ? {because: `There is no ${path}.`} : {text};
	});
	return {...compiled, problems: [...problems, ...compiled.problems]};
}

/** Hosts of each platform, a group, a role and a parameter of each kind that matters to names. */
export const frontMatter = `---
fieldbook: 1
hosts:
  esxi1: { group: esxi, platform: esxi, label: "ESXi#1" }
  esxi2: { group: esxi, platform: esxi, label: "ESXi#2" }
  ec1: { group: ec, platform: linux, runs_on: esxi1 }
  ec2: { group: ec, platform: linux, runs_on: esxi2 }
  hv1: { platform: windows }
roles:
  active: { of: ec, by: clpgrp -n failover-vm }
params:
  vm: { type: name }
  iscsi_ip: { type: ip, each: esxi }
  license_key: { type: secret, each: esxi }
  os: { type: choice, of: [linux, windows] }
  mirror: { type: boolean, default: "true" }
  vms: { type: table, columns: { name: name, vmx: path } }
---
`;

const lines = frontMatter.split('\n').length - 1;

/** The problems of a document with the front matter above: \`line:column code\`, lines counted from behind it; unused parameters are left out. */
export function problemsIn(body: string): readonly string[] {
	return compile(frontMatter + body)
		.problems.filter(({code}) => code !== 'unused-param')
		.map(({at, severity, code}) => `${at.line - lines}:${at.column} ${severity === 'error' ? '' : 'warning '}${code}`);
}
