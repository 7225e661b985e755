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
	/** Where each entry stands in the file, by its sheet key: `ntp_server`, `iscsi_ip@esxi1`, `esxi1.address`. */
	readonly places?: Readonly<Record<string, Place>>;
};

type AuthMethod = 'key' | 'agent' | 'password' | 'keyboard-interactive';

export type SiteHost = {
	/** Empty where the sheet is still to be filled in. */
	readonly address: string;
	readonly port: number;
	/** `undefined`: as `ssh` would choose, which is the local user's name. */
	readonly user: string | undefined;
	/** `undefined`: agent, then the user's default keys, then passwords. */
	readonly auth: AuthMethod | undefined;
	/** A private key file; `~` is the user's home. */
	readonly key: string | undefined;
	/** `env:NAME`; undefined: asked for when the server wants one. */
	readonly password: string | undefined;
	readonly jump: HostName | undefined;
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
