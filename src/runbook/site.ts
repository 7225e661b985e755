import type {Place, Problem} from '../document/problem.js';
import type {HostName, ParamName, Platform} from './runbook.js';

/** One customer's parameter sheet, as read from `site.yaml`. Types are checked against the runbook by `bind`. */
export type Site = {
	/** As given on the command line; empty where there is no file. */
	readonly file: string;
	readonly hosts: Readonly<Record<HostName, SiteHost>>;
	/** A text for one value, or one text per host. Secrets are never here: `env:NAME` names where to find one. */
	readonly values: Readonly<Record<ParamName, string | Readonly<Record<HostName, string>>>>;
	readonly tables: Tables;
	/** Relative to the site file. */
	readonly knownHosts: string | undefined;
	/** The ssh configuration to go by, instead of the user's own; relative to the site file. */
	readonly sshConfig: string | undefined;
	/** Where each entry stands in the file, by its sheet key: `ntp_server`, `iscsi_ip@esxi1`, `esxi1.address`. */
	readonly places?: Readonly<Record<string, Place>>;
};

type AuthMethod = 'key' | 'agent' | 'password' | 'keyboard-interactive';

export type SiteHost = {
	/** A name, an IP address, or an alias of the ssh configuration; empty where the sheet is still to be filled in. */
	readonly address: string;
	/** `undefined`: as `ssh` would choose, which is 22 unless its configuration says otherwise. */
	readonly port: number | undefined;
	/** `undefined`: as `ssh` would choose, which is the local user's name. */
	readonly user: string | undefined;
	/** `undefined`: agent, then the user's default keys, then passwords. */
	readonly auth: AuthMethod | undefined;
	/** A private key file; `~` is the user's home. */
	readonly key: string | undefined;
	/** `env:NAME`; undefined: asked for when the server wants one. */
	readonly password: string | undefined;
	/** The host that the way leads through; `undefined`: as `ssh` would go. */
	readonly jump: HostName | undefined;
	/** Its SSH server is old, and may be spoken to with algorithms that are no longer safe. */
	readonly legacy: boolean;
	/** `system`: through this laptop's own `ssh`. Undefined: by fieldbook itself. */
	readonly transport?: 'system' | undefined;
	readonly sudo: boolean;
	readonly platform: Platform | undefined;
	/** A WHATWG encoding label: `shift_jis`. */
	readonly encoding: string;
};

export type ReadSite = {readonly site: Site; readonly problems: readonly Problem[]};

/**
Every value of a run that may be written down, by name. Secrets are not here.

`each` values are by host; `*` is the value for all hosts.
*/
export type Values = Readonly<Record<ParamName, Readonly<Record<HostName | '*', string>>>>;

/** The rows of each parameter of type `table`, in order: by column, the text. */
export type Tables = Readonly<Record<ParamName, ReadonlyArray<Readonly<Record<string, string>>>>>;

/** One field of the parameter sheet: one parameter on one host, or for all (`host` undefined). */
export type SheetField = {
	readonly param: ParamName;
	readonly host: HostName | undefined;
	/** Of a table: `param` is then the field's own key, `vms[0].name`. Rows count from 0. */
	readonly cell?: {readonly table: ParamName; readonly row: number; readonly column: string};
	readonly label: string;
	readonly type: string;
	readonly secret: boolean;
	/** Of a `choice`. */
	readonly options: readonly string[];
	/** As written or defaulted; empty where nothing is known. Never a secret's value. */
	readonly value: string;
	/** Why the value cannot be used; empty if it can. */
	readonly problem: string;
};
