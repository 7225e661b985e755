/** Broken or weak, and all that some old servers have. The strongest first. */
export const oldAlgorithms = {
	kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1', 'diffie-hellman-group1-sha1'],
	serverHostKey: ['ssh-rsa', 'ssh-dss'],
	cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
	hmac: ['hmac-md5', 'hmac-sha1-96'],
} as const;

export const allOldAlgorithms: readonly string[] = Object.values(oldAlgorithms).flat();
