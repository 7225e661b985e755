/** Set by the bundler from package.json. */
declare const FIELDBOOK_VERSION: string | undefined;

/** fieldbook's own version; `0.0.0-source` when run unbundled, as tests do. */
export const version: string = typeof FIELDBOOK_VERSION === 'string' ? FIELDBOOK_VERSION : '0.0.0-source';
