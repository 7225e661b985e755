#!/bin/sh -eu
echo "stopping %%NAME%%"
