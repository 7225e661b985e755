#!/bin/sh -eu
# Starts %%NAME%% on the ESXi host below this node: %%ESXI1%% or %%ESXI2%%
vmx='%%VMX%%'
if [ "${1:-}" = --dry-run ]; then
	echo "would start $vmx as %%NAME%%"
	exit 0
fi
echo "starting %%NAME%%"
