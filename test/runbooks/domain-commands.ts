/**
The commands that the notes on the domain name, by platform; the numbers are those of its sections. A runbook that needs another
one brings its source here.
*/
export const commandsOfTheDomain: Readonly<Record<string, readonly string[]>> = {
	esxi: [
		// 2.1, 3.1 to 3.4
		...[
			'esxcli',
			'esxcfg-vswitch',
			'esxcfg-vmknic',
			'vim-cmd',
			'vmkfstools',
			'partedUtil',
			'vmkping',
			'vmware',
			'ntpq',
		],
		// 1.1, 4.1 no. 5 and 6
		...['hostd', 'ntpd', 'chkconfig', 'auto-backup.sh', 'reboot', 'poweroff'],
		// 5.1, 5.4
		...['vmware-fdm', 'prettyPrint.sh', 'vsish'],
	],
	linux: [
		// 1.2, 2.2
		...[
			'hostnamectl',
			'nmcli',
			'systemctl',
			'parted',
			'rpm',
			'yum',
			'ssh',
			'scp',
			'ssh-keygen',
			'reboot',
			'mount',
			'umount',
		],
		// 1.4
		...['scsi_id', 'udevadm'],
		// 2.3
		...[
			'clpcfset',
			'clpcfctrl',
			'clpcl',
			'clpdown',
			'clpstdn',
			'clpgrp',
			'clprsc',
			'clpmonctrl',
			'clpmdstat',
			'clpmdctrl',
		],
		...['clplogcmd', 'clplogcc', 'clptrnreq', 'clprexec', 'clpstat', 'clplcnsc', 'clpfwctrl'],
		// 2.4
		'targetcli',
		// 3.11: `ip address`
		'ip',
		// EL 8's own, for the same preparation
		...['dnf', 'firewall-cmd', 'getenforce', 'lsblk', 'mountpoint'],
	],
	windows: [
		// 2.5
		...[
			'Install-WindowsFeature',
			'New-VMSwitch',
			'Enable-VMMigration',
			'Set-VMHost',
			'New-NetIPAddress',
			'Add-Computer',
		],
		...['Test-Cluster', 'New-Cluster', 'Get-ClusterNetwork', 'Start-Service', 'Set-Service', 'New-IscsiTargetPortal'],
		...['Connect-IscsiTarget', 'Get-InitiatorPort', 'Initialize-Disk', 'New-Partition', 'Format-Volume', 'Set-Disk'],
		...['Get-ClusterAvailableDisk', 'Add-ClusterDisk', 'Add-ClusterSharedVolume', 'Set-ClusterQuorum', 'New-VM'],
		...[
			'Add-ClusterVirtualMachineRole',
			'Set-VM',
			'Get-ClusterResourceType',
			'Set-ClusterParameter',
			'Get-ClusterGroup',
		],
		...['Get-Cluster', 'Start-ClusterNode', 'Add-WindowsCapability', 'Restart-Service', 'icacls'],
		...['Move-ClusterVirtualMachineRole', 'Move-ClusterSharedVolume', 'Start-ClusterResource', 'Stop-ClusterResource'],
		...['Start-VM', 'Stop-VM', 'Get-VM'],
		// 3.9
		...['Get-ClusterNode', 'Get-ClusterSharedVolume', 'Get-ClusterResource', 'Get-IscsiConnection'],
		// PowerShell's own
		...[
			'Copy-Item',
			'ForEach-Object',
			'Format-List',
			'Format-Table',
			'Get-ChildItem',
			'Get-CimInstance',
			'Get-Content',
		],
		...['Join-Path', 'New-Item', 'Out-Null', 'Restart-Computer', 'Select-Object', 'Select-String', 'Set-Content'],
		...['Sort-Object', 'Test-Connection', 'Test-Path', 'Where-Object', 'Write-Output', 'Get-Service', 'Get-NetAdapter'],
		...[
			'Get-NetIPAddress',
			'Get-NetFirewallRule',
			'New-NetFirewallRule',
			'Get-WindowsFeature',
			'Get-Disk',
			'Get-Volume',
		],
		...['Update-HostStorageCache'],
		// Of the same modules as those of 2.5, to look before and afterwards, and for what a form of the manager does at once
		...['Get-VMSwitch', 'Get-VMHost', 'New-VHD', 'Add-VMDvdDrive', 'Get-VMDvdDrive', 'Add-VMHardDiskDrive'],
		...['Get-VMHardDiskDrive', 'Add-VMNetworkAdapter', 'Get-VMNetworkAdapter', 'Get-VMFirmware', 'Set-VMFirmware'],
		...[
			'Get-VMMemory',
			'Set-VMMemory',
			'Get-VMProcessor',
			'Set-VMProcessor',
			'Get-ClusterParameter',
			'Get-ClusterQuorum',
		],
		...['Get-IscsiSession', 'Get-IscsiTargetPortal'],
	],
	esx4: [
		// 1.5, 2.6, 3.6
		...['vmware-cmd', 'esxcfg-firewall', 'clpgrp', 'clpcl', 'clpdown', 'clpstat', 'clptrnreq', 'clplogcmd', 'rpm'],
		// 2.3, as on Linux
		...['clpcfctrl', 'clplcnsc'],
		// The service console's commands for what the document clicks
		...['esxcfg-nics', 'esxcfg-scsidevs', 'esxcfg-vmknic', 'esxcfg-vswif', 'esxcfg-vswitch', 'vmkfstools', 'vmware'],
		...['ip', 'ssh'],
		// 1.5: VMware HA wants names that every console resolves
		'getent',
	],
};

/** Of every host: POSIX, and what the shells and their usual tools bring. */
export const commonCommands: readonly string[] = [
	...[
		'.',
		':',
		'[',
		'awk',
		'base64',
		'cksum',
		'cmp',
		'diff',
		'readlink',
		'basename',
		'break',
		'cat',
		'cd',
		'chmod',
		'chown',
		'command',
		'continue',
		'cp',
		'cut',
		'date',
	],
	...[
		'df',
		'dirname',
		'echo',
		'eval',
		'exec',
		'exit',
		'export',
		'expr',
		'false',
		'find',
		'grep',
		'head',
		'hostname',
		'id',
	],
	...[
		'kill',
		'ln',
		'local',
		'ls',
		'mkdir',
		'mktemp',
		'mv',
		'nohup',
		'ping',
		'printf',
		'ps',
		'pwd',
		'read',
		'return',
		'rm',
	],
	...[
		'sed',
		'seq',
		'set',
		'setsid',
		'sh',
		'shift',
		'sleep',
		'sort',
		'stat',
		'sync',
		'tail',
		'tee',
		'test',
		'timeout',
		'touch',
	],
	...['tr', 'trap', 'true', 'umask', 'uname', 'uniq', 'unset', 'wait', 'wc', 'which', 'xargs', 'yes'],
];
