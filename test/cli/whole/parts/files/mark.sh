echo "%%WORD%% of $(hostname)"
