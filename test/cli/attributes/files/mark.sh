echo %%OWN%% %%OTHER%% %%WHERE%% %%CONF%%
