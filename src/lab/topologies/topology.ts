/** An arrangement of hosts that the lab knows by name, and the states that it can start in: what a lab file writes below `topology`. */
export type NamedTopology = {
	readonly name: string;
	/** One line for people. */
	readonly title: string;
	/** YAML by the name of the state; the first is the default. The hosts are the same in each. */
	readonly starts: Readonly<Record<string, string>>;
};
