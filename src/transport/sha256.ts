/** A shell function `sha256 FILE` for scripts of ours: prints the hash in hex, or nothing where the host has no tool for it. */
export const sha256Function = `
sha256() {
	if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"
	elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <"$1"
	elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r <"$1"
	fi | cut -d' ' -f1
}`;
