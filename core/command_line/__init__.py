"""The command line: commands, options, progress, error messages and output folders."""
