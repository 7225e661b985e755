import type {CodeShell} from './transcript.js';

/** Commands whose names are no English words: one of these opens a command, whatever follows. */
const commandNames = new Set(
	`
	apt apt-get awk basename bash cd chattr chgrp chmod chown chronyc cp crontab curl dd df diff dig dirname dmesg dnf du
	echo egrep env ethtool ex exportfs fdisk fgrep firewall-cmd getenforce getent git gpg grep groupadd gunzip gzip
	hostnamectl iconv id ifconfig ifdown ifup ip iptables iscsiadm journalctl kubectl ldconfig ln localcli logger
	lsblk lscpu lsmod lsof lspci ls lvcreate lvextend lvs mdadm mkdir mkfs mktemp modprobe multipath mv nc netstat nmap
	nmcli nslookup nsenter ntpq openssl parted partprobe partx passwd perl pgrep pip pkill popd printenv printf ps pushd
	pvcreate pvs pwd python python3 readlink realpath rm rmdir rpm rsync scp sed seq service setenforce sftp sh sha256sum
	showmount sqlplus ss ssh ssh-copy-id ssh-keygen stat stty su sudo sysctl systemctl tar targetcli tee timedatectl tr
	traceroute udevadm ulimit umount uname uniq unlink unzip useradd usermod vgcreate vgs vi vim vmware-cmd vmkfstools
	vmkping wc wget which xargs xfs_growfs yum zcat zip zypper
	`
		.trim()
		.split(/\s+/),
);

/** Commands that are English words too: they open a command only where something else in the line says so. */
const commandsLikeWords = new Set(
	`
	cat clear command cut date exit export expr file find free head history hostname install join kill killall last less
	link login make more mount nice nohup partition ping poweroff reboot reset route screen set shutdown sleep sort source
	split start stop strings swapoff swapon sync tail test time timeout top touch tune type unset uptime users wait watch
	who whoami yes
	`
		.trim()
		.split(/\s+/),
);

/** Families of commands that this program's runbooks live on: EXPRESSCLUSTER, ESXi. */
const commandFamilies = /^(?:clp[a-z]+|esx(?:cli|cfg|top)[\w-]*|vim-cmd|vmk[\w-]+|vsish|mkfs\.\w+)$/;

/** Words that stand in sentences and hardly ever bare in a command. */
const sentenceWord =
	/(?:^|\s)(?:a|an|and|are|as|be|both|but|by|can|each|for|from|has|if|in|into|is|it|its|must|not|of|on|only|or|should|so|than|that|the|then|these|this|those|to|we|when|where|which|will|with|you|your)(?=[\s,.;:]|$)/i;

/** A flag, a path, a pipe or redirection, a variable or an assignment. */
const commandSign = /(?:^|\s)--?[A-Za-z]|\/\w|[|>&;]|\$[\w({]|(?:^|\s)\w+=/;

/**
Whether a line that may be a comment is a command.

> | # systemctl disable firewalld      a command behind a root prompt
> | # Disable the firewall             a sentence
*/
export function readsAsCommand(line: string): boolean {
	const words = line.replace(/^sudo\s+/, '').replace(/^(?:\w+=\S*\s+)+/, '');
	const name = /^\S+/.exec(words)?.[0] ?? '';
	const unquoted = words.replace(/'[^']*'|"[^"]*"|<[^<>]*>/g, "''");
	if (!/^[a-z./~]/.test(name) || /[,:]$/.test(name) || /[^.\s]\.$|\w[:?!]$/.test(line) || sentenceWord.test(unquoted)) {
		return false;
	}

	if (isCommandName(name) || /^(?:~|\.{0,2})\/\w/.test(name)) {
		return true;
	}

	const isAlone = name === words;
	return commandsLikeWords.has(name)
		? isAlone || commandSign.test(unquoted) || /\d/.test(unquoted)
		: /^[a-z][\w.-]*$/.test(name) && /(?:^|\s)--?[A-Za-z]|\s\/\w/.test(unquoted);
}

/** Whether a word can hardly be anything else than the name of a command. */
export function isCommandName(word: string): boolean {
	return commandNames.has(word) || commandFamilies.test(word);
}

/** `undefined` if the lines are no script in a shell that we know. Comments and blank lines say nothing either way. */
export function shellOfContent(lines: readonly string[]): CodeShell | undefined {
	const code = lines.map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#') && /\w/.test(line));
	if (code.length === 0 || code.some(line => batchLine.test(line))) {
		return undefined;
	}

	if (share(code, line => powerShellLine.test(line)) >= 0.5) {
		return 'powershell';
	}

	const isShell = isShellLine(code[0] ?? '') && share(code, isShellLine) >= 0.5 && code.some(isShellCommand);
	return isShell ? (code.some(line => bashOnly.test(line)) ? 'bash' : 'sh') : undefined;
}

const batchLine = /^(?:@?rem\b|@?echo off\b|set \w+=|setlocal\b|goto \w|if errorlevel\b)|%[A-Za-z_]\w*%(?!%)/i;

const powerShellLine =
	/(?:^|[|(={;]\s*)(?:add|checkpoint|clear|connect|convertto|copy|disable|disconnect|dismount|enable|enter|export|foreach|format|get|grant|import|initialize|install|invoke|measure|mount|move|new|out|read|register|remove|rename|restart|resume|select|set|start|stop|suspend|test|unregister|update|wait|where|write)-[a-z]\w+|^\$[\w:]+(?:\.\w+)*\s+=\s|^\((?:get|new)-/i;

const bashOnly = /^\s*(?:function\s+\w|declare\s|mapfile\s|shopt\s|\w+=\()|\[\[\s|<<<|\$\{\w+\[/;

const shellWord =
	/^(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|set|export|local|return|exit|shift|trap|read|eval|exec|source|unset)(?=[\s;]|$)/;

function isShellLine(line: string): boolean {
	return (/^\w+\+?=(?:\S*|["'($].*)$/.test(line) || isShellCommand(line)) && !/\w:$/.test(line);
}

function isShellCommand(line: string): boolean {
	return shellWord.test(line) || /^\w+\s*\(\)/.test(line) || /^\[\[? .*\]/.test(line) || readsAsCommand(line);
}

function share(lines: readonly string[], is: (line: string) => boolean): number {
	return lines.filter(is).length / lines.length;
}
