/** The system that every Linux host of the lab runs: of the RHEL 8 family. */
export const release = {
	kernel: '4.18.0-553.el8_10.x86_64',
	version: '#1 SMP Fri May 24 13:05:10 UTC 2024',
	pretty: 'Rocky Linux 8.10 (Green Obsidian)',
	osRelease: `NAME="Rocky Linux"
VERSION="8.10 (Green Obsidian)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="8.10"
PLATFORM_ID="platform:el8"
PRETTY_NAME="Rocky Linux 8.10 (Green Obsidian)"
`,
	redhatRelease: 'Rocky Linux release 8.10 (Green Obsidian)\n',
} as const;
