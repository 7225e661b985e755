/** The first ESX 4.0. Its service console is of the RHEL 5 family. */
export const release = {
	version: '4.0.0',
	build: '164009',
	kernel: '2.6.18-128.ESX',
	kernelVersion: '#1 SMP Thu Apr 16 10:50:35 PDT 2009',
	vmwareRelease: 'VMware ESX 4.0.0 (Kandinsky)\n',
} as const;

/** Of the console: what its commands say of themselves, and what `rpm -q` finds. */
export const consolePackages: Readonly<Record<string, string>> = {
	bash: '3.2-24.el5.x86_64',
	coreutils: '5.97-19.el5.x86_64',
	initscripts: '8.45.25-1.el5.x86_64',
	openssh: '4.3p2-29.el5.x86_64',
	'openssh-server': '4.3p2-29.el5.x86_64',
	perl: '5.8.8-18.el5.x86_64',
	rpm: '4.4.2.3-9.el5.x86_64',
	sysklogd: '1.4.1-44.el5.x86_64',
	'vmware-esx-scripts': '4.0.0-0.5.164009.x86_64',
};
