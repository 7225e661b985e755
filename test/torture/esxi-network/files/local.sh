#!/bin/sh
echo "site %%SITE%% on %%HOST%%"
